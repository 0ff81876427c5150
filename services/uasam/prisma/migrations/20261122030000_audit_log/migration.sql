-- What was changed, by whom, and when. No foreign keys: the record outlives what it is about.
CREATE TABLE "audit_log" (
    "chain_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "project_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "action" TEXT NOT NULL,
    "principal_kind" TEXT NOT NULL,
    "principal_id" UUID,
    "address" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "before" JSON,
    "after" JSON,
    "previous_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("chain_id","sequence")
);

-- \073 is a semicolon: Prisma's deployment through a driver adapter cuts a script at each one that it sees.
CREATE FUNCTION "refuse_change_of_audit_log"() RETURNS trigger LANGUAGE plpgsql AS
E'BEGIN RAISE EXCEPTION ''audit_log is append-only'' USING ERRCODE = ''restrict_violation''\073 END';

CREATE TRIGGER "audit_log_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit_log"();

-- Also where a session has set itself up as a replica, in which triggers do not fire otherwise.
ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_is_append_only";
