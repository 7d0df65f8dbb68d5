-- Everything that MySQL 9.7 can hold: see museum.py. A line of = ends a statement, since semicolons are
-- among the exhibits.

-- @ server
CREATE TABLESPACE `shared space` ADD DATAFILE 'shared space.ibd' FILE_BLOCK_SIZE=16384
====
CREATE SERVER far FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'far.example', USER 'u''x', PASSWORD 'p', PORT 3307, DATABASE 'd')
====
CREATE SPATIAL REFERENCE SYSTEM 990001 NAME 'flat; it''s' ORGANIZATION 'us' IDENTIFIED BY 7
  DEFINITION 'PROJCS["flat",GEOGCS["WGS 84",DATUM["World Geodetic System 1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.017453292519943278],AXIS["Lat",NORTH],AXIS["Lon",EAST]],PROJECTION["Transverse Mercator",AUTHORITY["EPSG","9807"]],PARAMETER["Latitude of natural origin",0,AUTHORITY["EPSG","8801"]],PARAMETER["Longitude of natural origin",9,AUTHORITY["EPSG","8802"]],PARAMETER["Scale factor at natural origin",1,AUTHORITY["EPSG","8805"]],PARAMETER["False easting",0,AUTHORITY["EPSG","8806"]],PARAMETER["False northing",0,AUTHORITY["EPSG","8807"]],UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
====
INSTALL PLUGIN auth_socket SONAME 'auth_socket.so'
====
INSTALL PLUGIN mysql_no_login SONAME 'mysql_no_login.so'
====
CREATE FUNCTION service_get_read_locks RETURNS INTEGER SONAME 'locking_service.so'
====
CREATE TABLE mysql.heartbeat (id INT PRIMARY KEY, at DATETIME NOT NULL)
====
INSERT INTO mysql.heartbeat VALUES (1, '2026-01-02 03:04:05')
====
CREATE TABLE sys.notes (id INT PRIMARY KEY)
====
INSERT INTO sys.notes VALUES (1)
====
CREATE PROCEDURE sys.who_waits() SELECT 1 AS waits
====
CREATE VIEW sys.my_view AS SELECT id FROM sys.notes
====
CREATE DATABASE museum CHARACTER SET latin1
====
CREATE DATABASE `Sys`
====
CREATE TABLE `Sys`.mine (id INT)
====
INSERT INTO `Sys`.mine VALUES (1)
====
CREATE DATABASE `we``ird $$ %s` COLLATE utf8mb4_bin
====
CREATE TABLE `we``ird $$ %s`.t (v VARCHAR(9))
====
INSERT INTO `we``ird $$ %s`.t VALUES ('ä')
====
CREATE DATABASE frozen
====
CREATE TABLE frozen.ice (id INT PRIMARY KEY)
====
INSERT INTO frozen.ice VALUES (1)
====
CREATE DATABASE nothing_in_it
====
SET PERSIST max_connections = 77
====
SET PERSIST sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'
====
SET PERSIST_ONLY innodb_log_buffer_size = 8388608
====
SET PERSIST init_connect = 'SET @a = ''x;\\'''

-- @ numbers
CREATE TABLE numbers (id INT PRIMARY KEY, t TINYINT, tu TINYINT UNSIGNED ZEROFILL, s SMALLINT,
  m MEDIUMINT UNSIGNED, i INT, b BIGINT, bu BIGINT UNSIGNED, d DECIMAL(65, 30), f FLOAT, f2 FLOAT(7, 4),
  g DOUBLE, g2 DOUBLE(20, 5), o BOOL, y YEAR, bits BIT(64), bit1 BIT(1))
====
INSERT INTO numbers VALUES
  (0, -128, 0, -32768, 0, -2147483648, -9223372036854775808, 0,
   -99999999999999999999999999999999999.999999999999999999999999999999, -3.402823466e38, -999.9999,
   -1.7976931348623157e308, -99999999999999.12345, 0, 1901, b'0', b'0'),
  (1, 127, 255, 32767, 16777215, 2147483647, 9223372036854775807, 18446744073709551615,
   0.000000000000000000000000000001, 1.175494351e-38, 0.0001, 2.2250738585072014e-308, 0.00001, 1, 2155,
   b'1111111111111111111111111111111111111111111111111111111111111111', b'1'),
  (2, 0, 7, 0, 0, 0, 0, 0, 0, -0e0, 52.52, -0e0, 0, NULL, 0, b'1010', NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 16777215, NULL, 0.1, NULL, NULL, NULL, NULL, NULL),
  (4, 1, 1, 1, 1, 1, 1, 1, 1, 1234567.75, 33.8688, 1e23, 5e-324, 1, 1970, b'11', b'1'),
  (5, 1, 1, 1, 1, 1, 1, 1, 1, 0.3333333, 1.1, 0.1e0 + 0.2e0, 1.00001, 1, 2000, b'11', b'1')

-- @ texts
CREATE TABLE texts (id INT PRIMARY KEY, c CHAR(20), v VARCHAR(300) COLLATE utf8mb4_bin,
  u3 VARCHAR(30) CHARACTER SET utf8mb3, l1 VARCHAR(300) CHARACTER SET latin1, a VARCHAR(30) CHARACTER SET ascii,
  l2 VARCHAR(30) CHARACTER SET latin2, cp VARCHAR(30) CHARACTER SET cp1251, sj VARCHAR(30) CHARACTER SET sjis,
  c9 TEXT CHARACTER SET cp932, g TEXT CHARACTER SET gb18030, big TEXT CHARACTER SET big5,
  u2 TEXT CHARACTER SET ucs2, u16 TEXT CHARACTER SET utf16, u32 TEXT CHARACTER SET utf32,
  le VARCHAR(30) CHARACTER SET utf16le, ej TEXT CHARACTER SET eucjpms, kr TEXT CHARACTER SET euckr,
  t TINYTEXT, m MEDIUMTEXT, l LONGTEXT, e ENUM('one', 'tw''o', 'drei ü', '') CHARACTER SET latin1,
  s SET('a', 'b;', 'c') NULL) ENGINE=InnoDB
====
INSERT INTO texts VALUES
  (1, 'x  ', 'tab\t newline\n return\r\n nul\0 sub\Z quote'' double" back\\ percent% ; -- /* */ 😀', 'ü€', 'é€ÿ',
   'plain', 'ő', 'Ж', 'ソ表', 'ⅰ', '㐀', '功', 'Ω', '😀', '😀', '😀', '～', '가', '', '',
   '', 'drei ü', 'a,c'),
  (2, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'one', ''),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL),
  (4, REPEAT('😀', 20), REPEAT('\\', 300), REPEAT('€', 30), CONVERT(0x8081828384F0FF USING latin1), '', '', '',
   CONVERT(0x835C USING sjis), CONVERT(0xFA40EEEF USING cp932), '', '', '', '', '', '', '', '', REPEAT('t', 255),
   REPEAT('m''', 70000), REPEAT('l\r\n', 100000), 'one', 'a'),
  (5, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'nothing like it', '')

-- @ binaries
CREATE TABLE binaries (id INT PRIMARY KEY, b BINARY(8), v VARBINARY(300), t TINYBLOB, bl BLOB, m MEDIUMBLOB,
  l LONGBLOB, j JSON, g GEOMETRY, p POINT SRID 4326, own GEOMETRY, vec VECTOR(3), u BINARY(16) DEFAULT (UUID_TO_BIN(UUID())))
====
INSERT INTO binaries VALUES
  (1, 0x00FF0A0D1A275C22, RANDOM_BYTES(300), RANDOM_BYTES(255), RANDOM_BYTES(1000), '', REPEAT(0x00, 300000),
   '{"a": [1, null, "é😀\\n", 1.5, 1e100, true], "b": {"": ""}, "n": 18446744073709551615}',
   ST_GeomFromText('POLYGON((0 0, 0 3, 3 3, 0 0))'), ST_SRID(POINT(1, 2), 4326),
   ST_GeomFromText('POINT(3 4)', 990001), TO_VECTOR('[1.5, -2.25e-20, 3.4e38]'), NULL),
  (2, '', '', '', '', '', '', '[]', ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'), NULL, NULL, NULL, NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, 'null', NULL, NULL, NULL, NULL, NULL),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)

-- @ shapes
CREATE TABLE invisible (id INT PRIMARY KEY, hidden INT INVISIBLE DEFAULT 7, shown INT, KEY k (shown) INVISIBLE)
====
INSERT INTO invisible (id, hidden, shown) VALUES (1, 70, 700), (2, NULL, NULL)
====
CREATE TABLE computed (a INT, b INT AS (a * 2) VIRTUAL, c INT AS (a + 1) STORED, d INT DEFAULT (a + 5),
  `sel``ect %` INT, KEY f ((a + b)), CONSTRAINT positive CHECK (a > -5) NOT ENFORCED, CHECK (d < 1000))
====
INSERT INTO computed (a, `sel``ect %`) VALUES (1, 2), (NULL, NULL), (-50, 3)
====
CREATE TABLE only_computed (one INT AS (1) STORED)
====
INSERT INTO only_computed VALUES (), ()
====
CREATE TABLE counted (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, z INT) AUTO_INCREMENT = 5000
====
INSERT INTO counted VALUES (0 + 4999, 1)
====
CREATE TABLE zero_id (id INT AUTO_INCREMENT PRIMARY KEY)
====
UPDATE counted SET id = 1
====
CREATE TABLE multi (a INT, b INT, c INT, PRIMARY KEY (a, b), UNIQUE KEY u (c DESC, b)) COMMENT 'it''s; "fine" 😀'
====
INSERT INTO multi VALUES (1, 2, 3), (3, 2, 1)
====
CREATE TABLE words (id INT PRIMARY KEY, t TEXT, FULLTEXT KEY ft (t) WITH PARSER ngram)
====
INSERT INTO words VALUES (1, 'some words are here')
====
CREATE TABLE places (id INT PRIMARY KEY, p POINT NOT NULL SRID 0, SPATIAL KEY sp (p))
====
INSERT INTO places VALUES (1, POINT(1, 2))
====
CREATE TABLE tags (id INT PRIMARY KEY, j JSON, KEY mv ((CAST(j AS UNSIGNED ARRAY))))
====
INSERT INTO tags VALUES (1, '[1, 2, 3]')
====
CREATE TABLE ranged (id INT, at DATE) PARTITION BY RANGE (YEAR(at)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2
  (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)
====
INSERT INTO ranged VALUES (1, '1999-01-01'), (2, '2026-01-01')
====
CREATE TABLE listed (id INT PRIMARY KEY) PARTITION BY LIST (id) (PARTITION a VALUES IN (1, 2), PARTITION b VALUES IN (3))
====
INSERT INTO listed VALUES (1), (3)
====
CREATE TABLE keyed (id INT PRIMARY KEY) PARTITION BY KEY (id) PARTITIONS 3
====
INSERT INTO keyed VALUES (1), (2), (3)
====
CREATE TABLE packed (id INT PRIMARY KEY, v VARCHAR(100)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4
====
INSERT INTO packed VALUES (1, REPEAT('x', 100))
====
CREATE TABLE paged (id INT PRIMARY KEY) COMPRESSION='zlib'
====
INSERT INTO paged VALUES (1)
====
CREATE TABLE redundant (id INT PRIMARY KEY) ROW_FORMAT=REDUNDANT STATS_PERSISTENT=0
====
CREATE TABLE in_space (id INT PRIMARY KEY) TABLESPACE `shared space`
====
INSERT INTO in_space VALUES (1)
====
CREATE TABLE parents (id INT PRIMARY KEY, code INT, KEY by_code (code))
====
CREATE TABLE children (id INT PRIMARY KEY, parent INT, code INT,
  FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT loose FOREIGN KEY (code) REFERENCES parents (code))
====
INSERT INTO parents VALUES (1, 10), (2, 10)
====
INSERT INTO children VALUES (1, 1, 10)
====
CREATE TABLE a_circle (id INT PRIMARY KEY, next INT, FOREIGN KEY (next) REFERENCES a_circle (id))
====
INSERT INTO a_circle VALUES (1, 2), (2, 1)
====
CREATE TABLE keyless (a INT, b INT)
====
INSERT INTO keyless VALUES (1, 1), (1, 1), (NULL, NULL)
====
CREATE TABLE `new
line ``tick`` $$ %s` (`col
 umn` INT)
====
INSERT INTO `new
line ``tick`` $$ %s` VALUES (1)
====
CREATE TABLE `MixedCase` (id INT)
====
CREATE TABLE mixedcase (id INT)
====
INSERT INTO `MixedCase` VALUES (1)
====
CREATE TABLE old_engine (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT, FULLTEXT KEY (v)) ENGINE=MyISAM
====
INSERT INTO old_engine (v) VALUES ('kept'), ('too')
====
CREATE TABLE in_memory (id INT PRIMARY KEY) ENGINE=MEMORY
====
INSERT INTO in_memory VALUES (1)
====
CREATE TABLE comma (id INT NOT NULL, v VARCHAR(20) NOT NULL) ENGINE=CSV
====
INSERT INTO comma VALUES (2, 'b'), (1, 'a"')
====
CREATE TABLE archived (id INT AUTO_INCREMENT PRIMARY KEY, v BLOB) ENGINE=ARCHIVE
====
INSERT INTO archived (v) VALUES ('one'), ('two'), ('three')
====
CREATE TABLE nowhere (id INT) ENGINE=BLACKHOLE
====
INSERT INTO nowhere VALUES (1)
====
CREATE TABLE merged_1 (id INT) ENGINE=MyISAM
====
CREATE TABLE merged_2 (id INT) ENGINE=MyISAM
====
INSERT INTO merged_1 VALUES (1)
====
INSERT INTO merged_2 VALUES (2)
====
CREATE TABLE a_merge (id INT) ENGINE=MRG_MyISAM UNION=(merged_1, merged_2) INSERT_METHOD=LAST

-- @ times
CREATE TABLE times (id INT PRIMARY KEY, d DATE, t TIME(6), dt DATETIME(6), dt0 DATETIME,
  ts TIMESTAMP(6) NULL, ts0 TIMESTAMP NULL, day DATE AS (DATE(ts0)) STORED, h INT AS (HOUR(ts0)) VIRTUAL,
  KEY by_day (day), KEY by_hour (h))
====
INSERT INTO times (id, d, t, dt, dt0, ts, ts0) VALUES
  (1, '1000-01-01', '-838:59:59.000000', '1000-01-01 00:00:00.000001', '9999-12-31 23:59:59',
   '1970-01-01 00:00:01.000001+00:00', '2038-01-19 03:14:07+00:00'),
  (2, '9999-12-31', '838:59:59', '9999-12-31 23:59:59.999999', '0000-00-00 00:00:00',
   '0000-00-00 00:00:00', '2026-03-01 20:00:00+00:00'),
  (3, '0000-00-00', '00:00:00.5', '2026-02-31 00:00:00', '2026-00-15 00:00:00', NULL, NULL),
  (4, '2026-02-31', '-00:00:00.000001', NULL, NULL, '2026-10-25 00:30:00+00:00',
   '2026-10-25 01:30:00+00:00')

-- @ code
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC COMMENT 'n; ü' RETURN n * 2
====
CREATE FUNCTION in_its_collation(t VARCHAR(20)) RETURNS VARCHAR(20) READS SQL DATA RETURN CONCAT(t, 'é', "double")
====
CREATE PROCEDURE `odd ``name`(IN a INT, OUT b VARCHAR(10) CHARSET latin1, INOUT c JSON) SQL SECURITY INVOKER
BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; SELECT ';; // DELIMITER $$
-- {"kind": "end"}
' INTO b; END
====
CREATE PROCEDURE calls_nothing_yet() BEGIN CALL is_not_there(); SELECT * FROM neither_is_this; END
====
CREATE VIEW z_first AS SELECT id, twice(t) AS n FROM numbers WHERE t > 0
====
CREATE DEFINER=`nobody`@`nowhere` SQL SECURITY INVOKER VIEW a_last AS SELECT n FROM z_first WITH CASCADED CHECK OPTION
====
CREATE ALGORITHM=TEMPTABLE VIEW `vi``ew` AS SELECT _latin1'\xE9' AS e, 'ü' COLLATE utf8mb4_bin AS u
====
CREATE JSON RELATIONAL DUALITY VIEW duality AS SELECT JSON_DUALITY_OBJECT('_id': id, 'code': code) FROM parents
====
CREATE TRIGGER t_second BEFORE INSERT ON keyless FOR EACH ROW SET NEW.b = NEW.a
====
CREATE TRIGGER a_first BEFORE INSERT ON keyless FOR EACH ROW PRECEDES t_second SET NEW.a = COALESCE(NEW.a, 9)
====
CREATE TRIGGER after_it AFTER UPDATE ON keyless FOR EACH ROW BEGIN SET @seen = ';'; END
====
CREATE EVENT every_hour ON SCHEDULE EVERY 1 HOUR STARTS '2030-01-01 00:00:00' ENDS '2031-01-01 00:00:00'
  ON COMPLETION PRESERVE DISABLE COMMENT 'c' DO BEGIN SELECT 1; SELECT 2; END
====
CREATE DEFINER=`nobody`@`nowhere` EVENT later ON SCHEDULE AT '2037-01-01 00:00:00' DO DELETE FROM keyless
====
CREATE LIBRARY tools LANGUAGE JAVASCRIPT AS $x$ export function f(n) { return n; } $x$

-- @ accounts
CREATE ROLE clerk, `senior clerk`
====
GRANT SELECT, INSERT ON museum.* TO clerk
====
GRANT clerk TO `senior clerk` WITH ADMIN OPTION
====
CREATE USER reader@'%' IDENTIFIED BY 'pa''ss "word😀' COMMENT 'reads; it`s "fine" DEFAULT ROLE `x`@`y` REQUIRE '
====
CREATE USER 'we`ird'@'10.%' IDENTIFIED BY 'x' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5 PASSWORD EXPIRE INTERVAL 9 DAY
  FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 2 ACCOUNT LOCK ATTRIBUTE '{"team": "a"}'
====
CREATE USER no_login@localhost IDENTIFIED WITH mysql_no_login
====
CREATE USER socket@localhost IDENTIFIED WITH auth_socket
====
CREATE USER ''@'nowhere.example'
====
CREATE USER two@'%' IDENTIFIED BY 'one' REQUIRE ISSUER '/C=x' SUBJECT '/CN=y' PASSWORD HISTORY 3 PASSWORD REUSE INTERVAL 5 DAY
====
GRANT SELECT (id, t), UPDATE (t) ON museum.numbers TO reader@'%'
====
GRANT SELECT ON museum.a_last TO reader@'%'
====
GRANT EXECUTE ON FUNCTION museum.twice TO reader@'%'
====
GRANT ALTER ROUTINE ON PROCEDURE museum.`odd ``name` TO reader@'%'
====
GRANT clerk TO reader@'%'
====
SET DEFAULT ROLE clerk TO reader@'%'
====
GRANT ALL ON *.* TO two@'%' WITH GRANT OPTION
====
GRANT BACKUP_ADMIN, XA_RECOVER_ADMIN ON *.* TO 'we`ird'@'10.%' WITH GRANT OPTION
====
GRANT PROXY ON two@'%' TO reader@'%' WITH GRANT OPTION
====
GRANT CREATE ON `with\_under%`.* TO no_login@localhost
====
GRANT SELECT ON mysql.heartbeat TO no_login@localhost
====
GRANT SELECT ON *.* TO socket@localhost

-- @ end
ALTER DATABASE museum CHARACTER SET utf8mb4 COLLATE utf8mb4_spanish_ci
====
ANALYZE TABLE museum.numbers UPDATE HISTOGRAM ON t, i WITH 4 BUCKETS
====
ALTER DATABASE frozen READ ONLY = 1
====
INSTALL COMPONENT 'file://component_validate_password'
====
SET PERSIST validate_password.policy = 'STRONG'
