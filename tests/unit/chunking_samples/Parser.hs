{-# LANGUAGE LambdaCase #-}
-- | A small parser of arithmetic.
module Parser (parse, Expr (..)) where

import Data.Char (isDigit)
import qualified Data.Map as Map

-- | An expression.
data Expr
  = Number Int
  | Add Expr Expr
  deriving (Show, Eq)

newtype Parser a = Parser {runParser :: String -> Maybe (a, String)}

type Env = Map.Map String Int

class Pretty a where
  pretty :: a -> String

instance Pretty Expr where
  pretty (Number n) = show n
  pretty (Add a b) = pretty a ++ "+" ++ pretty b

-- | Evaluates an expression.
eval :: Env -> Expr -> Int
eval _ (Number n) = n
eval env (Add a b) = eval env a + eval env b

digits :: String -> String
digits = takeWhile isDigit

limit = 42
