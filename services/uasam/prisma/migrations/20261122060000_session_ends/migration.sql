-- When a session was ended, and how: 'ended' by the agent or an Admin, or 'revoked'. Both null: it goes on until it expires.
ALTER TABLE "agent_sessions" ADD COLUMN "ended_at" TIMESTAMPTZ(6);
ALTER TABLE "agent_sessions" ADD COLUMN "end_kind" TEXT;

-- What stopped being valid, for those who remember that it was. Rows are read in the order of "xid", the transaction that
-- wrote them, up to the first transaction that is still open: so none is passed over, however late it is committed.
CREATE TABLE "revocations" (
    "id" BIGSERIAL NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "kind" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "revocations_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "revocations_xid_id_idx" ON "revocations"("xid", "id");

-- CreateIndex
CREATE INDEX "revocations_created_at_idx" ON "revocations"("created_at");
