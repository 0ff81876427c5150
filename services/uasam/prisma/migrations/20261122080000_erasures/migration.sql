-- What is to be gone from every store. No foreign keys: the row outlives what it is about. The records are what UASAM has,
-- the events what Brain has. The erasure is done when both are gone.
CREATE TABLE "erasures" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "project_id" UUID NOT NULL,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "records_erased_at" TIMESTAMPTZ(6),
    "events_erased_at" TIMESTAMPTZ(6),
    "done_at" TIMESTAMPTZ(6),
    "erased" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("id")
);

-- Without it, each key that is deleted costs a look at all sessions of everybody.
CREATE INDEX IF NOT EXISTS "agent_sessions_agent_key_id_idx" ON "agent_sessions"("agent_key_id");
