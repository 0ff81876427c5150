-- Keys that agents and sessions are given at their creation. Without one, a key is derived from the id, which needs
-- neither a column nor an index: the indexes hold only those that were given, and cost the others nothing.
ALTER TABLE "agents" ADD COLUMN "ref" TEXT;

CREATE UNIQUE INDEX "agents_project_id_ref_key" ON "agents"("project_id", "ref") WHERE "ref" IS NOT NULL;

ALTER TABLE "agent_sessions" ADD COLUMN "ref" TEXT;

CREATE UNIQUE INDEX "agent_sessions_agent_id_ref_key" ON "agent_sessions"("agent_id", "ref") WHERE "ref" IS NOT NULL;
