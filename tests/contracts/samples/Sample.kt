package org.example.shop

import kotlin.math.max

/** An order. */
data class Order(val id: Int, private var total: Double = 0.0) : Base(id), Priced {
    companion object {
        const val LIMIT = 10
        fun empty(): Order = Order(0)
    }
    val isFree: Boolean get() = total == 0.0
    constructor(id: String) : this(id.toInt())
    override fun price(): Double {
        return total
    }
}
interface Priced {
    fun price(): Double
}
enum class State(val code: Int) {
    OPEN(1),
    PAID(2);

    fun isFinal() = this == PAID
}
object Registry { private val orders = mutableListOf<Order>() }
typealias Orders = List<Order>
fun <T> List<T>.second(): T = this[1]
val DEFAULT = 3
annotation class Marker
sealed interface Shape
