import Foundation

/// An order.
public struct Order: Codable {
    static let limit = 10
    private var items: [String] = []
    public init(first: String) { items = [first] }
    func count() -> Int { return items.count }
    subscript(i: Int) -> String { items[i] }
    var isEmpty: Bool { items.isEmpty }
    deinit { }
}
protocol Priced { var price: Double { get }
  func of(item: String) -> Double }
enum State: Int { case open = 1
 case paid, sent }
extension Order: Priced { func of(item: String) -> Double { 0 } }
class Base { class func make() -> Base { Base() } }
actor Bank { }
typealias Orders = [Order]
func main<T>(_ x: T) {}
let answer = 42
extension Order { static func == (a: Order, b: Order) -> Bool { true } }
