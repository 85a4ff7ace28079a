module Shop.Order (Order(..), price) where

import Data.List (sort)

-- | An order.
data Order = Order { orderId :: Int, total :: Double } | Empty deriving (Show)
newtype Name = Name String
type Orders = [Order]
class Priced a where
  price :: a -> Double
instance Priced Order where
  price = total
-- | Adds.
add :: Int -> Int -> Int
add 0 y = y
add x y = x + y
limit = 10
f $$ x = f x
