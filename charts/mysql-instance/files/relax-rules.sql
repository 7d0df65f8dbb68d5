-- What may refuse a password is set to nothing, for as long as passwords are set; @restore brings it back. The lengths come
-- last, because none may be below what the other rules add up to. And the statements here need to be prepared.
SET @prepared = @@GLOBAL.max_prepared_stmt_count;
SET GLOBAL max_prepared_stmt_count = DEFAULT;

SELECT
  COALESCE(CONCAT('SET ', GROUP_CONCAT('GLOBAL ', variable_name, ' = ',
    IF(variable_value REGEXP '^[0-9]+$', variable_value, QUOTE(variable_value))
    ORDER BY variable_name LIKE '%length', variable_name)), 'DO 0'),
  COALESCE(CONCAT('SET ', GROUP_CONCAT('GLOBAL ', variable_name, ' = ',
    IF(variable_name = 'authentication_policy', "'*,,'", 0)
    ORDER BY variable_name LIKE '%length', variable_name)), 'DO 0')
  INTO @restore, @relax
  FROM performance_schema.global_variables
  WHERE variable_name IN ('password_history', 'password_reuse_interval', 'authentication_policy')
    OR variable_name LIKE 'validate\_password%' AND variable_name NOT LIKE '%dictionary%';

PREPARE statement FROM @relax;
EXECUTE statement;
