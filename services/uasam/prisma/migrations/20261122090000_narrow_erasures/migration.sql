-- Of which agent an erasure is, and of which session of it. A deleted agent is out of sight until its row is erased.
ALTER TABLE "erasures" ADD COLUMN "agent_id" UUID, ADD COLUMN "session_id" UUID;
ALTER TABLE "agents" ADD COLUMN "deleted_at" TIMESTAMPTZ(6);

-- Whoever comes with the token of a session that is not there: was it deleted?
CREATE INDEX "erasures_session_id_idx" ON "erasures"("session_id");
