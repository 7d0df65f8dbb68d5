-- Root at @host. Its password is written only where it is not what was written last, since a rule of the account's own may
-- refuse to take the same one again. The digest covers the stored hash, so a password that somebody else has set since is
-- replaced. Its key is the operator's password: without one there is no digest, and the password is always written.

SET @account = CONCAT("'root'@'", @host, "'");

SET @sql = IF(@writable AND NOT EXISTS (SELECT 1 FROM mysql.user WHERE user = 'root' AND host = @host COLLATE utf8mb4_bin),
  CONCAT('CREATE USER ', @account, ' ACCOUNT LOCK'), 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @before = (SELECT authentication_string FROM mysql.user WHERE user = 'root' AND host = @host COLLATE utf8mb4_bin);
SET @same = @digest_key <> '' AND EXISTS (
  SELECT 1 FROM mysql.user JOIN mysql_operator.account ON name = CONCAT(user, '@', host)
  WHERE user = 'root' AND host = @host COLLATE utf8mb4_bin AND account_locked = 'N' AND password_expired = 'N'
    AND digest = SHA2(CONCAT(CONVERT(authentication_string USING utf8mb4) COLLATE utf8mb4_bin, @root_password, @digest_key), 256));

-- It keeps the plugin of the account.
SET @sql = IF(@writable AND NOT @same,
  CONCAT('ALTER USER ', @account, ' IDENTIFIED BY ', QUOTE(@root_password), ' ACCOUNT UNLOCK'), 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, CONCAT('GRANT ALL ON *.* TO ', @account, ' WITH GRANT OPTION'), 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@writable, "REPLACE INTO mysql_operator.account
  SELECT CONCAT(user, '@', host),
    SHA2(CONCAT(CONVERT(authentication_string USING utf8mb4) COLLATE utf8mb4_bin, @root_password, @digest_key), 256)
  FROM mysql.user WHERE user = 'root' AND host = @host COLLATE utf8mb4_bin AND authentication_string <> @before", 'DO 0');
PREPARE statement FROM @sql;
EXECUTE statement;
