const std = @import("std");
/// A point.
pub const Point = struct {
    x: f32,
    y: f32 = 0,
    pub fn len(self: Point) f32 { return self.x; }
};
const State = enum { open, paid };
pub const U = union(enum) { a: i32, b };
pub fn main() void {}
var counter: u32 = 0;
pub const MAX: usize = 10;
test "a point" { }
const Err = error{Bad};
