package org.example.shop

import scala.util.Try

/** An order. */
case class Order(id: Int, total: Double = 0.0) extends Base(id) with Priced {
  val tax: Double = 0.19
  private var seen = false
  def price: Double = total * (1 + tax)
  type Key = Int
}
trait Priced { def price: Double }
object Order {
  val Limit = 10
  def empty(): Order = Order(0)
}
enum Color(val rgb: Int):
  case Red extends Color(1)
  case Green, Blue
given ord: Ordering[Order] = ???
def top(x: Int): Int = x
