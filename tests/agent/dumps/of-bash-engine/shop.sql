-- Backup of the MySQL instance shop, server version 9.7.4, parts 2c22f9f311ba3df305cc66d662a88929
CREATE USER IF NOT EXISTS `clerk`@`%` IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE PASSWORD EXPIRE ACCOUNT LOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT;
CREATE USER IF NOT EXISTS `reader`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x2441243030412412337C4539627C3C5B1039506A7C707D4077546830326750747A2F44436C5557445674776B3177766E51524D4869706E394D415073436336305836696A4136 REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT ATTRIBUTE '{"comment": "reads; it`s \\"fine\\""}';
CREATE USER IF NOT EXISTS `we``ird`@`10.%` IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT LOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT;
-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)
--
-- Host: 127.0.0.1    Database: MySQL
-- ------------------------------------------------------
-- Server version	9.7.4-2

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!50606 SET @OLD_INNODB_STATS_AUTO_RECALC=@@INNODB_STATS_AUTO_RECALC */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Current Database: `MySQL`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `MySQL` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `MySQL`;

--
-- Dumping routines for database 'MySQL'
--

--
-- Current Database: `Sys`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `Sys` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `Sys`;

--
-- Dumping routines for database 'Sys'
--

--
-- Current Database: `otus-database`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `otus-database` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `otus-database`;

--
-- Dumping routines for database 'otus-database'
--
/*!50003 DROP FUNCTION IF EXISTS `greet` */;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
CREATE DEFINER=`root`@`%` FUNCTION `greet`(who VARCHAR(60) CHARSET utf8mb4) RETURNS varchar(80) CHARSET utf8mb4
    DETERMINISTIC
BEGIN
  RETURN CONCAT('héllo 😀; ', who);
END ;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!50003 DROP PROCEDURE IF EXISTS `count people` */;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
CREATE DEFINER=`root`@`%` PROCEDURE `count people`(OUT n INT)
BEGIN SELECT COUNT(*) INTO n FROM people; END ;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;

--
-- Current Database: `second`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `second` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `second`;

--
-- Dumping routines for database 'second'
--
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=@OLD_INNODB_STATS_AUTO_RECALC */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-27  8:27:02
-- 2c22f9f311ba3df305cc66d662a88929 tables
-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)
--
-- Host: 127.0.0.1    Database: MySQL
-- ------------------------------------------------------
-- Server version	9.7.4-2

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!50606 SET @OLD_INNODB_STATS_AUTO_RECALC=@@INNODB_STATS_AUTO_RECALC */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Current Database: `MySQL`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `MySQL` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `MySQL`;

--
-- Table structure for table `user`
--

DROP TABLE IF EXISTS `user`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `user` (
  `id` int DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Current Database: `Sys`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `Sys` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `Sys`;

--
-- Table structure for table `mine`
--

DROP TABLE IF EXISTS `mine`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `mine` (
  `id` int DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Current Database: `otus-database`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `otus-database` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `otus-database`;

--
-- Temporary view structure for view `a_first`
--

DROP TABLE IF EXISTS `a_first`;
/*!50001 DROP VIEW IF EXISTS `a_first`*/;
SET @saved_cs_client     = @@character_set_client;
/*!50503 SET character_set_client = utf8mb4 */;
/*!50001 CREATE VIEW `a_first` AS SELECT 
 1 AS `name`*/;
SET character_set_client = @saved_cs_client;

--
-- Table structure for table `audit`
--

DROP TABLE IF EXISTS `audit`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `audit` (
  `what` varchar(80) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Table structure for table `empty_one`
--

DROP TABLE IF EXISTS `empty_one`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `empty_one` (
  `id` int DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Table structure for table `odd``na.me %`
--

DROP TABLE IF EXISTS `odd``na.me %`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `odd``na.me %` (
  `se lect` int DEFAULT NULL
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Table structure for table `orders`
--

DROP TABLE IF EXISTS `orders`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `orders` (
  `id` int NOT NULL,
  `person` int unsigned DEFAULT NULL,
  `total` decimal(20,6) DEFAULT NULL,
  `note` text CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci,
  PRIMARY KEY (`id`),
  KEY `person` (`person`),
  CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`person`) REFERENCES `people` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Table structure for table `people`
--

DROP TABLE IF EXISTS `people`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `people` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL,
  `photo` blob,
  `doc` json DEFAULT NULL,
  `bits` bit(10) DEFAULT NULL,
  `born` date DEFAULT NULL,
  `seen` timestamp(6) NULL DEFAULT NULL,
  `length` int GENERATED ALWAYS AS (char_length(`name`)) STORED,
  `shout` varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci GENERATED ALWAYS AS (upper(`name`)) VIRTUAL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `by_name` (`name`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=latin1;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Temporary view structure for view `z_last`
--

DROP TABLE IF EXISTS `z_last`;
/*!50001 DROP VIEW IF EXISTS `z_last`*/;
SET @saved_cs_client     = @@character_set_client;
/*!50503 SET character_set_client = utf8mb4 */;
/*!50001 CREATE VIEW `z_last` AS SELECT 
 1 AS `name`,
 1 AS `total`*/;
SET character_set_client = @saved_cs_client;

--
-- Current Database: `second`
--

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `second` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;

USE `second`;

--
-- Table structure for table `parts`
--

DROP TABLE IF EXISTS `parts`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `parts` (
  `id` int DEFAULT NULL,
  `v` varchar(20) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
/*!50100 PARTITION BY HASH (`id`)
PARTITIONS 3 */;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Table structure for table `ticks`
--

DROP TABLE IF EXISTS `ticks`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `ticks` (
  `at` datetime DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Current Database: `MySQL`
--

USE `MySQL`;

--
-- Current Database: `Sys`
--

USE `Sys`;

--
-- Current Database: `otus-database`
--

USE `otus-database`;

--
-- Final view structure for view `a_first`
--

/*!50001 DROP VIEW IF EXISTS `a_first`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_0900_ai_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `a_first` AS select `z_last`.`name` AS `name` from `z_last` where (`z_last`.`total` > 0) */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;

--
-- Final view structure for view `z_last`
--

/*!50001 DROP VIEW IF EXISTS `z_last`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_0900_ai_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `z_last` AS select `people`.`name` AS `name`,`orders`.`total` AS `total` from (`people` join `orders` on((`orders`.`person` = `people`.`id`))) */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;

--
-- Current Database: `second`
--

USE `second`;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=@OLD_INNODB_STATS_AUTO_RECALC */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-27  8:27:03
-- 2c22f9f311ba3df305cc66d662a88929 rows
-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)
--
-- Host: 127.0.0.1    Database: MySQL
-- ------------------------------------------------------
-- Server version	9.7.4-2

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!50606 SET @OLD_INNODB_STATS_AUTO_RECALC=@@INNODB_STATS_AUTO_RECALC */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Current Database: `MySQL`
--

USE `MySQL`;

--
-- Dumping data for table `user`
--


--
-- Current Database: `Sys`
--

USE `Sys`;

--
-- Dumping data for table `mine`
--

INSERT INTO `mine` VALUES (1);

--
-- Current Database: `otus-database`
--

USE `otus-database`;

--
-- Dumping data for table `audit`
--


--
-- Dumping data for table `empty_one`
--


--
-- Dumping data for table `odd``na.me %`
--

INSERT INTO `odd``na.me %` VALUES (1),(2),(NULL);

--
-- Dumping data for table `orders`
--

INSERT INTO `orders` VALUES (0,1,12345678901234.123456,'données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 données 😀 '),(7,2,-0.000001,NULL);

--
-- Dumping data for table `people`
--

INSERT INTO `people` (`id`, `name`, `photo`, `doc`, `bits`, `born`, `seen`) VALUES (1,'Zoë 😀',0x8559310E081BCD8860E2153E2580D81C5CDBF6109DA76485EAEEDD89CA430F68E09930B624F2282FCB4DC9760F591381DD54C4C33F05F47C31D8AA02DED3D29F72EBDE4A1190CE87A9E68CE9BC9D5BA2AECDA5495162ED384AB4263F7225F06593A9E71C87CA515C6D187F7D08BD8ED19074B2847ACB5EA7FB58A1DAD4F79F12F1126C70DF44745AFA0CC6868C3B2F6CD6680357DA9021EE395861E44A305EDE878424C6D50504A85EFF3468520EC4D5AEF27EAC29A43AB87CA62DEF095A2812DA560343657BAF445BC060F63A64AABAF340AC6E7BAD950AFABE88C140EBB4BEDB94A6B0D555910A035BA9492FE9E8B0DAE7D97A5B34BB0ED2E9BB95FC1258BF6922A44B5E0D1BEC10F0C654D7D2097BA54390EBDB82C2AF35FF60082098BDD2F31F94D3E64E04BA0C2A4A538D5A175B488E02C6C640CE52A722DC2DA7613B312E42B6B89D5DC6DF3193A197861B4BBDB8A75973FE786BE8C86C6B4C9186835FA8BDA664A8AC96C326C5ECC89C176615A10B8FA0986C7F1A96756F9B56448EEB2A1567DBFB8178630756BD1661189F568F69F2F86015FA953AC6FB2052DE94A3EFE21321553D780C158260AF856A321E1D0DC99DA691C945D94E1ECE07D124A26798A52CBD75644CD95453A8FD13B9D319DFF573DDD48E63EC2996AC21F7DE0B60032A333F8608AF7BD5A33F9B2431F666F069520E948E8FA325B3972B3AF46ECB56DBABC2F0182A48F85E10C5F385A777D91B57F8F79361E305C8C12A098C76FB2500A1D67521C4B255BFE59F6B5355A5B53B43AA634A35E323A42F39BC77D747DBB6175167CA3BC67C0218BB58EAFA31EEFC859B0D801BEDC29D8B0800DDF556A7E9FB6B313E3B3E4D92F67525BE779EEE0B1EA1D0C749C9FB1F86C05385A6960400AD6913A5D4C7510E7CA4AF58E26ECE04B0A1F696A96CF5E46FCE5F0E3468324215A30D95B5F3742C81787D7B42980107DD5A7A784C9DF21195,'{\"a\": [1, null, \"é😀\"], \"b\": 1.5}',0x000A,'1999-12-31','2026-11-27 08:27:00.803695'),(2,'O\'Neil \\ \"x\" \n\r	\0 end',0x00FF0A0D1A27225C,'[]',NULL,NULL,NULL),(3,'','','null',0x0000,'0001-01-01','1970-01-01 00:00:01.000000');

--
-- Current Database: `second`
--

USE `second`;

--
-- Dumping data for table `parts`
--

INSERT INTO `parts` VALUES (3,NULL),(1,'ä'),(2,'b');

--
-- Dumping data for table `ticks`
--

INSERT INTO `ticks` VALUES ('2026-11-27 08:27:01');
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=@OLD_INNODB_STATS_AUTO_RECALC */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-27  8:27:03
-- 2c22f9f311ba3df305cc66d662a88929 rest
-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)
--
-- Host: 127.0.0.1    Database: MySQL
-- ------------------------------------------------------
-- Server version	9.7.4-2

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!50606 SET @OLD_INNODB_STATS_AUTO_RECALC=@@INNODB_STATS_AUTO_RECALC */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Current Database: `MySQL`
--

USE `MySQL`;

--
-- Dumping events for database 'MySQL'
--

--
-- Current Database: `Sys`
--

USE `Sys`;

--
-- Dumping events for database 'Sys'
--

--
-- Current Database: `otus-database`
--

USE `otus-database`;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER `after_order` AFTER INSERT ON `orders` FOR EACH ROW BEGIN
  INSERT INTO audit VALUES (CONCAT('order ', NEW.id));
END */;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;

--
-- Dumping events for database 'otus-database'
--
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
/*!50106 DROP EVENT IF EXISTS `every_second` */;
DELIMITER ;;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;;
/*!50003 SET character_set_client  = utf8mb4 */ ;;
/*!50003 SET character_set_results = utf8mb4 */ ;;
/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ;;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;;
/*!50003 SET @saved_time_zone      = @@time_zone */ ;;
/*!50003 SET time_zone             = 'SYSTEM' */ ;;
/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`%`*/ /*!50106 EVENT `every_second` ON SCHEDULE EVERY 1 SECOND STARTS '2026-11-27 08:27:01' ON COMPLETION NOT PRESERVE ENABLE DO INSERT INTO `second`.ticks VALUES (NOW()) */ ;;
/*!50003 SET time_zone             = @saved_time_zone */ ;;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;;
/*!50003 SET character_set_client  = @saved_cs_client */ ;;
/*!50003 SET character_set_results = @saved_cs_results */ ;;
/*!50003 SET collation_connection  = @saved_col_connection */ ;;
DELIMITER ;
/*!50106 SET TIME_ZONE= @save_time_zone */ ;

--
-- Current Database: `second`
--

USE `second`;

--
-- Dumping events for database 'second'
--
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=@OLD_INNODB_STATS_AUTO_RECALC */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-27  8:27:03
GRANT USAGE ON *.* TO `clerk`@`%`;
GRANT SELECT, INSERT ON `otus-database`.* TO `clerk`@`%`;
GRANT USAGE ON *.* TO `reader`@`%`;
GRANT SELECT (`id`, `name`) ON `otus-database`.`people` TO `reader`@`%`;
GRANT EXECUTE ON FUNCTION `otus-database`.`greet` TO `reader`@`%`;
GRANT `clerk`@`%` TO `reader`@`%`;
GRANT PROCESS ON *.* TO `we``ird`@`10.%` WITH GRANT OPTION;
ALTER USER 'reader'@'%' DEFAULT ROLE 'clerk'@'%';
-- Dump completed
