-- The size of a session's meta, so that a page of the session list can end before it holds too much. The default lets
-- an instance of the version before go on inserting while this one starts.
ALTER TABLE "agent_sessions" ADD COLUMN "meta_bytes" INTEGER NOT NULL DEFAULT 0;

UPDATE "agent_sessions" SET "meta_bytes" = octet_length("meta"::text);
