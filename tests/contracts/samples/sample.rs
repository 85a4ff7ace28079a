//! Shapes and their areas.

use std::fmt;

pub const SIDES: usize = 4;

type Length = f64;

/// A rectangle.
#[derive(Debug, Clone)]
pub struct Rect<T> {
    width: T,
    height: T,
}

pub enum Shape {
    Square(Length),
    Circle { radius: Length },
}

pub trait Area {
    fn area(&self) -> Length;

    fn is_empty(&self) -> bool {
        self.area() == 0.0
    }
}

impl<T: Copy + Into<f64>> Area for Rect<T> {
    fn area(&self) -> Length {
        self.width.into() * self.height.into()
    }
}

macro_rules! square {
    ($side:expr) => {
        Shape::Square($side)
    };
}

impl fmt::Display for Shape {
    /// Writes the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shape")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_an_area() {
        let _ = square!(2.0);
    }
}
