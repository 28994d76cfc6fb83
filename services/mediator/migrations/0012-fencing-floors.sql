-- The greatest fencing token that any object of a mediator had that is gone. By name: with its mediator an object does not end for
-- what it protects, which has seen its tokens.
CREATE TABLE fencing_floors (
  mediator VARCHAR(64) NOT NULL,
  kind VARCHAR(8) NOT NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (mediator, kind)
);
