-- Everything that a dump can lose: run as root in the application's schema.
CREATE TABLE person (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  born DATE NULL, seen TIMESTAMP(6) NOT NULL DEFAULT '2001-02-03 04:05:06.789012',
  amount DECIMAL(20,6) NOT NULL DEFAULT 0, ratio DOUBLE NULL, flags BIT(5) NOT NULL DEFAULT b'10101',
  mood ENUM('gut','schlecht','ça va') CHARACTER SET utf8mb4 NOT NULL DEFAULT 'ça va',
  UNIQUE KEY by_name (name)
) AUTO_INCREMENT = 1000 COMMENT = 'it''s a \\ comment; with -- everything';
INSERT INTO person (name, born, amount, ratio) VALUES
  ('Zoë 🐬🦭', '1970-01-01', 12345678901234.123456, 0.1),
  ('O''Brien "the \\ slash"', NULL, -1, 1e300),
  ('漢字 and tab\tand newline\nand NUL\0end', '9999-12-31', 0, NULL),
  ('', '2000-02-29', 0.000001, -0.0);
CREATE TABLE `odd ``name``` (
  `key` BINARY(16) PRIMARY KEY, payload LONGBLOB, doc JSON,
  size BIGINT GENERATED ALWAYS AS (LENGTH(payload)) STORED,
  kind VARCHAR(20) GENERATED ALWAYS AS (JSON_UNQUOTE(doc->'$.kind')) VIRTUAL, KEY by_kind (kind),
  person INT UNSIGNED, CONSTRAINT whose FOREIGN KEY (person) REFERENCES person (id) ON DELETE CASCADE
);
INSERT INTO `odd ``name``` (`key`, payload, doc, person) VALUES
  (UNHEX('00000000000000000000000000000000'), UNHEX('00FF275C0A0D1A22E282AC'), '{"kind":"é","n":[1,2.5,null,true]}', 1000),
  (UNHEX('FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'), '', '{"kind":"🐬","deep":{"a":{"b":"\\u0041\\""}}}', 1001),
  (UNHEX('0123456789ABCDEF0123456789ABCDEF'), RANDOM_BYTES(1024), 'null', NULL);
CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what TEXT CHARACTER SET latin1, at_year YEAR)
  PARTITION BY HASH (id) PARTITIONS 3;
CREATE TABLE untouched (id INT PRIMARY KEY);
CREATE SQL SECURITY INVOKER VIEW grown_up AS SELECT id, name FROM person WHERE born < '2005-01-01';
CREATE VIEW of_view AS SELECT COUNT(*) AS n FROM grown_up;
DELIMITER //
CREATE TRIGGER remember AFTER INSERT ON person FOR EACH ROW
BEGIN
  INSERT INTO audit (what, at_year) VALUES (CONCAT('new; ', NEW.id), 2026);
END//
CREATE PROCEDURE greet(IN whom VARCHAR(80), OUT said TEXT) COMMENT 'says; hello'
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION SET said = 'oops';
  SET said = CONCAT('hello, ', whom, '; ', (SELECT n FROM of_view));
END//
CREATE FUNCTION twice(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x * 2//
CREATE EVENT sweep ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE
  COMMENT 'at night' DO DELETE FROM audit WHERE at_year < 2000//
DELIMITER ;
INSERT INTO person (name) VALUES ('after the trigger');
CREATE DATABASE `second-schema` CHARACTER SET latin1 COLLATE latin1_german2_ci;
CREATE TABLE `second-schema`.straße (ä VARCHAR(10) PRIMARY KEY, b FLOAT) ENGINE = InnoDB;
INSERT INTO `second-schema`.straße VALUES ('Müller', 1.5), ('naïve', 2.25);
CREATE VIEW `second-schema`.across AS SELECT p.name, s.ä FROM `otus-database`.person p JOIN `second-schema`.straße s;
CREATE USER 'reader'@'%' IDENTIFIED BY 'r3ad "er\'s \\ pw' WITH MAX_USER_CONNECTIONS 7;
CREATE USER 'it''s me'@'localhost' IDENTIFIED BY 'x' ACCOUNT LOCK;
CREATE ROLE 'reporting';
GRANT SELECT ON `second-schema`.* TO 'reporting';
GRANT SELECT, SHOW VIEW ON `otus-database`.* TO 'reader'@'%' WITH GRANT OPTION;
GRANT UPDATE (name) ON `otus-database`.person TO 'reader'@'%';
GRANT EXECUTE ON PROCEDURE `otus-database`.greet TO 'reader'@'%';
GRANT 'reporting' TO 'reader'@'%';
SET DEFAULT ROLE 'reporting' TO 'reader'@'%';
