-- What museum.py asks a server for its fingerprint: lists, and questions whose answers are questions.

-- @ lists
SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata ORDER BY 1
====
SELECT schema_name, options FROM information_schema.schemata_extensions ORDER BY 1
====
SELECT table_schema, table_name, table_type, engine, table_collation, auto_increment, create_options, table_comment FROM information_schema.tables WHERE table_schema NOT IN ('performance_schema', 'information_schema') AND (table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'mysql_operator') OR table_name IN ('heartbeat', 'notes', 'my_view')) ORDER BY 1, 2
====
SELECT trigger_schema, trigger_name, action_order, action_statement, definer, sql_mode, character_set_client, collation_connection, database_collation FROM information_schema.triggers WHERE trigger_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'mysql_operator') ORDER BY 1, 2
====
SELECT name, file_size > 0, zip_page_size, space_type FROM information_schema.innodb_tablespaces WHERE space_type = 'General' ORDER BY 1
====
SELECT srs_id, srs_name, organization, organization_coordsys_id, definition, description FROM information_schema.st_spatial_reference_systems WHERE srs_id > 900000 AND srs_id < 1000000
====
SELECT schema_name, table_name, column_name, JSON_REMOVE(histogram, '$."last-updated"') FROM information_schema.column_statistics ORDER BY 1, 2, 3
====
SELECT * FROM museum.tags ORDER BY 1
====
SELECT * FROM mysql.servers ORDER BY 1
====
SELECT * FROM mysql.func ORDER BY 1
====
SELECT * FROM mysql.plugin ORDER BY 1
====
SELECT component_urn FROM mysql.component ORDER BY 1
====
SELECT variable_name, variable_value FROM performance_schema.persisted_variables ORDER BY 1
====
SELECT * FROM mysql.db WHERE user NOT LIKE 'mysql%' ORDER BY 1, 2, 3
====
SELECT host, db, user, table_name, table_priv, column_priv FROM mysql.tables_priv WHERE user NOT LIKE 'mysql%' ORDER BY 1, 2, 3, 4
====
SELECT host, db, user, table_name, column_name, column_priv FROM mysql.columns_priv ORDER BY 1, 2, 3, 4, 5
====
SELECT host, db, user, routine_name, routine_type, proc_priv FROM mysql.procs_priv WHERE user NOT LIKE 'mysql%' ORDER BY 1, 2, 3, 4
====
SELECT host, user, proxied_host, proxied_user, with_grant FROM mysql.proxies_priv ORDER BY 1, 2, 3, 4
====
SELECT * FROM mysql.global_grants WHERE user NOT LIKE 'mysql%' AND user <> 'root' ORDER BY 1, 2, 3
====
SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4
====
SELECT * FROM mysql.default_roles ORDER BY 1, 2, 3, 4

-- @ shows
SELECT CONCAT('SHOW CREATE TABLE `', REPLACE(table_schema, '`', '``'), '`.`', REPLACE(table_name, '`', '``'), '`') FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'mysql_operator') OR table_name IN ('heartbeat', 'notes', 'my_view')
====
SELECT CONCAT('CHECKSUM TABLE `', REPLACE(table_schema, '`', '``'), '`.`', REPLACE(table_name, '`', '``'), '`') FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_name <> 'tags' AND (table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'mysql_operator') OR table_name IN ('heartbeat', 'notes'))
====
SELECT CONCAT('SHOW CREATE ', routine_type, ' `', REPLACE(routine_schema, '`', '``'), '`.`', REPLACE(routine_name, '`', '``'), '`') FROM information_schema.routines WHERE definer <> 'mysql.sys@localhost'
====
SELECT CONCAT('SHOW CREATE EVENT `', event_schema, '`.`', event_name, '`') FROM information_schema.events
====
SELECT CONCAT('SHOW CREATE LIBRARY `', library_schema, '`.`', library_name, '`') FROM information_schema.libraries
====
SELECT CONCAT('SHOW CREATE USER ', QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user NOT LIKE 'mysql.%' AND user <> 'root'
