package org.example.shop;

import java.util.List;

/**
 * An order of a customer.
 */
@Entity
public class Order {
    private static final int LIMIT = 100;

    private final List<String> items;

    public Order(List<String> items) {
        this.items = items;
    }

    /** How many items it has. */
    @Override
    public int size() {
        return items.size();
    }

    enum State {
        OPEN, PAID;

        boolean isFinal() {
            return this == PAID;
        }
    }
}

interface Shipping {
    int cost(Order order);

    default boolean free(Order order) {
        return cost(order) == 0;
    }
}

record Point(int x, int y) {
    Point {
        if (x < 0) throw new IllegalArgumentException();
    }
}
