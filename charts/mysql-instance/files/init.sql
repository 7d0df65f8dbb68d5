-- What must work at each start, whatever users have changed: mysqld runs this before anybody can connect. serve.sh puts the
-- session, its variables (@operator_password, @volume, @disposable) and relax-rules.sql before it, and one statement on each
-- line, as 5.7 reads them.
--
-- mysqld serves on if a statement fails, but skips the rest. It starts in offline mode, which lets in our account alone.
-- Statements are prepared, because nothing can be written with innodb_force_recovery, and no password stands in a variable's
-- place.

SET @writable = NOT (@@GLOBAL.innodb_force_recovery OR @@GLOBAL.innodb_read_only);
-- super_read_only goes with it.
SET GLOBAL read_only = OFF;

-- Our clients compress nothing.
SET @sql = IF(EXISTS (SELECT 1 FROM performance_schema.global_variables
    WHERE variable_name = 'protocol_compression_algorithms' AND NOT FIND_IN_SET('uncompressed', variable_value)),
  "SET GLOBAL protocol_compression_algorithms = CONCAT(@@GLOBAL.protocol_compression_algorithms, ',uncompressed')",
  'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

-- The account. Whatever was done to it, a new one is as it should be. A more specific host would be taken first.

SET @sql = IF(@writable, "DROP USER IF EXISTS 'mysql_operator'@'localhost', 'mysql_operator'@'%'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "DELETE FROM mysql.user WHERE user = 'mysql_operator'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, 'FLUSH PRIVILEGES', 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @identified = CONCAT('IDENTIFIED /*!80000 WITH caching_sha2_password */ BY ', QUOTE(@operator_password));
SET @sql = IF(@writable,
  CONCAT("CREATE USER 'mysql_operator'@'localhost' ", @identified, ", 'mysql_operator'@'%' ", @identified,
    ' REQUIRE NONE WITH MAX_USER_CONNECTIONS 10000 PASSWORD EXPIRE NEVER',
    ' /*!80003 PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY */ ACCOUNT UNLOCK'),
  'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable,
  "GRANT ALL ON *.* TO 'mysql_operator'@'localhost', 'mysql_operator'@'%' WITH GRANT OPTION", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

-- The schema. The marker says how far the restore is, and on which volume: a row that came with a copy of another instance's
-- data directory names another one, and the fence beside it was that instance's.
-- A variable has the collation of the session, which an upgraded table need not have: hence COLLATE.

SET @sql = IF(@writable, 'CREATE DATABASE IF NOT EXISTS mysql_operator DEFAULT CHARACTER SET utf8mb4', 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "CREATE TABLE IF NOT EXISTS mysql_operator.marker (
    id TINYINT PRIMARY KEY, state ENUM('loading','complete') NOT NULL, result TEXT NOT NULL, settings TEXT NOT NULL
  ) ENGINE=InnoDB COMMENT='Written last by a restore'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "CREATE TABLE IF NOT EXISTS mysql_operator.fence (
    id TINYINT PRIMARY KEY, since DATETIME NOT NULL, holder VARCHAR(255) NOT NULL
  ) ENGINE=InnoDB COMMENT='A row keeps the server read-only'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "CREATE TABLE IF NOT EXISTS mysql_operator.server (
    id TINYINT PRIMARY KEY, disposable TINYINT NOT NULL
  ) ENGINE=InnoDB COMMENT='Whether the data directory may be made anew, and its volume'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "CREATE TABLE IF NOT EXISTS mysql_operator.account (
    name VARCHAR(128) PRIMARY KEY, digest CHAR(64) NOT NULL
  ) ENGINE=InnoDB COMMENT='Accounts whose password is the one of the Secret'", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

-- Tables of an earlier version have no column for the volume. A marker that is there already is this volume's.

SET @sql = IF(@writable AND NOT EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = 'mysql_operator' AND table_name = 'marker' AND column_name = 'volume'),
  CONCAT('ALTER TABLE mysql_operator.marker ADD COLUMN volume VARCHAR(64) NOT NULL DEFAULT ', QUOTE(@volume)), 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable AND NOT EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = 'mysql_operator' AND table_name = 'server' AND column_name = 'volume'),
  "ALTER TABLE mysql_operator.server ADD COLUMN volume VARCHAR(64) NOT NULL DEFAULT ''", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable,
  'REPLACE INTO mysql_operator.server (id, disposable, volume) VALUES (1, @disposable, @volume)', 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, 'DELETE FROM mysql_operator.fence
  WHERE EXISTS (SELECT 1 FROM mysql_operator.marker WHERE volume <> @volume COLLATE utf8mb4_bin)', 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

PREPARE statement FROM @restore;
EXECUTE statement;
SET GLOBAL max_prepared_stmt_count = @prepared;

-- The fence is kept in a table, so a restart in the middle of a deletion does not let writes in behind the last backup. It is
-- set here, before events run.
SET GLOBAL super_read_only = IF(@writable, (SELECT COUNT(*) FROM mysql_operator.fence), 1);
