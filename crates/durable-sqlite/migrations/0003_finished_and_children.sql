-- Finished orchestrations by the time of their end: what retention and purges walk. Others are not in it.
CREATE INDEX instances_finished ON instances (hub, status, updated_at) WHERE status >= 3;

-- Sub-orchestrations by the key of the instance that asked for them.
CREATE INDEX instances_by_parent ON instances (parent ->> '$.execution.key') WHERE parent IS NOT NULL;
