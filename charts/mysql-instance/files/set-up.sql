-- What users can break: a client of serve.sh runs it once the server answers, with its variables (@database, @volume,
-- @disposable, @root_password, @digest_key) and relax-rules.sql before it, then root.sql for each account of root, then
-- open.sql.
--
-- Closed stays a server whose init file has failed: the row of this start is missing then, and maybe a fence. A server under
-- recovery has the row of an earlier start.

SET @recovers = @@GLOBAL.innodb_force_recovery OR @@GLOBAL.innodb_read_only, @closed = 1;
SET @closed = NOT EXISTS (SELECT 1 FROM mysql_operator.server
  WHERE volume = @volume COLLATE utf8mb4_bin AND (@recovers OR disposable = @disposable));
SET GLOBAL super_read_only = @closed OR @recovers OR EXISTS (SELECT 1 FROM mysql_operator.fence);
SET @writable = NOT @@GLOBAL.super_read_only;

SET @sql = IF(@writable, CONCAT('CREATE DATABASE IF NOT EXISTS `', REPLACE(@database, '`', '``'), '`'), 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

-- The server does not load (8.4) or have (9) what that account of 5.7 logs in by. Not by a look into
-- information_schema.plugins, which makes a temporary table: a start on a full disk would fail there.
SET @sql = IF(@writable AND CAST(SUBSTRING_INDEX(VERSION(), '.', 2) AS DECIMAL(5,1)) >= 8.4,
  "UPDATE mysql.user SET plugin = 'caching_sha2_password', authentication_string = ''
    WHERE user = 'root' AND plugin = 'mysql_native_password'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, 'FLUSH PRIVILEGES', 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;
