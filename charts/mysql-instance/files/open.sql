-- Lets everybody in, and says so.

PREPARE statement FROM @restore;
EXECUTE statement;
SET GLOBAL max_prepared_stmt_count = @prepared;

SET GLOBAL offline_mode = @closed;
SELECT VERSION() FROM DUAL WHERE @closed = 0;
