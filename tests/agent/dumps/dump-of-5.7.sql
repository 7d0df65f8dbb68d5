-- Backup of the MySQL instance shop, server version 5.7.44, parts 0123456789abcdef0123456789abcdef
CREATE USER IF NOT EXISTS 'ali'@'%' IDENTIFIED WITH 'mysql_native_password' AS '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK;
CREATE USER IF NOT EXISTS 'clerk'@'10.%' IDENTIFIED WITH 'mysql_native_password' AS '' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK;
-- MySQL dump 10.13  Distrib 5.7.44, for Linux (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;

USE `shop`;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
CREATE DEFINER=`ali`@`%` FUNCTION `twice`(n INT) RETURNS int(11)
BEGIN
  -- it's a comment;
  RETURN n * 2;
END ;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
-- 0123456789abcdef0123456789abcdef tables
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `item` (
  `id` int(11) NOT NULL,
  `name` varchar(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `trail` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `item` int(11) NOT NULL COMMENT 'it''s; "fine" `really` -- not # a /* comment',
  PRIMARY KEY (`id`)
) /*!50100 TABLESPACE `ts1` */ ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=latin1;
/*!50001 CREATE VIEW `names` AS SELECT 
 1 AS `name`*/;
-- 0123456789abcdef0123456789abcdef rows
/*!40101 SET character_set_client = utf8mb4 */;
INSERT INTO `item` VALUES (1,'straße'),(2,'strasse'),(3,'a;\nb),(\'c\\');
INSERT INTO `trail` VALUES (4,1);
INSERT INTO `not_there` VALUES (1),(2),(3);
-- 0123456789abcdef0123456789abcdef rest
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`ali`@`%`*/ /*!50003 TRIGGER `after_item` AFTER INSERT ON `item` FOR EACH ROW INSERT INTO trail (item) VALUES (NEW.id) */;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50001 DROP VIEW IF EXISTS `names`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`ali`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `names` AS select `up`.`name` AS `name` from `up` */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`ali`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `up` AS select `item`.`name` AS `name` from `item` */;
/*!50001 CREATE VIEW `broken` AS select 1 from `no_such_table` */;
GRANT ALL PRIVILEGES ON `shop`.* TO 'ali'@'%';
GRANT SUPER, PROCESS ON *.* TO 'clerk'@'10.%';
-- Dump completed
