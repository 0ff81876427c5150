-- What a key may do. Those that are there keep all that they could do.
ALTER TABLE "agent_keys" ADD COLUMN "scopes" TEXT[] DEFAULT ARRAY['capture', 'read']::TEXT[];
ALTER TABLE "sdk_keys" ADD COLUMN "scopes" TEXT[] DEFAULT ARRAY['capture', 'read']::TEXT[];
