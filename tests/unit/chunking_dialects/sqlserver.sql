USE [Shop]
GO
SET QUOTED_IDENTIFIER ON
GO
IF OBJECT_ID('dbo.x') IS NOT NULL
  DROP PROCEDURE dbo.x
GO
CREATE OR ALTER PROCEDURE [dbo].[usp Big Report]
  @id int, @name nvarchar(50) = N'it''s'
AS
SET NOCOUNT ON;
DECLARE @x int;
IF @id > 3
BEGIN
  SELECT CASE WHEN @id = 4 THEN 1 ELSE 2 END AS a;
END;
CREATE TABLE #tmp (id int);
BEGIN TRY
  BEGIN TRAN
  INSERT INTO [Order Details] VALUES (1);
  COMMIT TRAN
END TRY
BEGIN CATCH
  ROLLBACK;
  THROW;
END CATCH
GO
create view dbo.v_Orders as
select * from dbo.Orders -- the customer's
go
CREATE TRIGGER trg_x ON dbo.Orders AFTER INSERT AS
  UPDATE dbo.Orders SET x = 1
GO 5
CREATE TABLE [dbo].[Order Details](
	[Id] [int] IDENTITY(1,1) NOT NULL,
	[Customer's Name] nvarchar(20)
)
GO
CREATE TYPE dbo.IdList AS TABLE (Id int)
GO
PRINT 'done'
CREATE TABLE a (x int)
CREATE TABLE b (x int)
/* outer /* nested */ still comment
CREATE TABLE notme (x int)
*/
CREATE FUNCTION dbo.inl(@a int) RETURNS TABLE AS RETURN (SELECT 1 AS x)
GO
