"""The snippets of the samples: kind, symbol and lines."""

EXPECTED = {
    "Sample.java": """
        block - 1-4
        class Order 5-32
        method Order.Order 14-16
        method Order.size 18-22
        enum Order.State 24-30
        method Order.State.isFinal 27-29
        interface Shipping 33-40
        method Shipping.free 36-38
        class Point 41-45
        method Point.Point 42-44
    """,
    "sample.c": """
        block - 1-3
        constant BUFFER_SIZE 4-4
        function MAX 5-6
        type word_t 7-8
        class node 9-13
        class list_t 14-18
        enum color 19-20
        constant limit 21-22
        block - 23-26
        function list_push 27-37
        function list_pop 38-43
    """,
    "sample.cpp": """
        block - 1-3
        module text 4-5
        constant text.kWidth 6-7
        type text.Lines 8-9
        function text.clamp 10-14
        class text.Wrapper 15-25
        method text.Wrapper.Wrapper 18-18
        method text.Wrapper.width 20-20
        method text.Wrapper.wrap 26-29
        class text.Box 30-35
        method text.Box.operator< 33-33
        enum text.Align 36-39
        function main 40-43
    """,
    "sample.cs": """
        block - 1-5
        enum State 6-7
        interface IPrice 8-12
        class Order 13-33
        method Order.Order 21-24
        method Order.Count 26-26
        method Order.Dispose 28-31
        class Money 34-35
        class Range 36-39
    """,
    "sample.go": """
        block - 1-4
        constant DefaultSize 5-6
        constant ModeLRU 7-11
        type Mode 12-14
        class Cache 15-20
        interface Loader 21-24
        function New 25-29
        method Cache.Get 30-37
        method Mode.String 38-38
    """,
    "sample.js": """
        block - 1-4
        constant MAX_DEPTH 5-6
        function walk 7-15
        function join 16-17
        function debounce 18-25
        class Queue 26-41
        method Queue.of 29-31
        method Queue.size 33-35
        method Queue.drain 37-39
        method Queue.peek 42-45
        function first 46-47
        function App 48-50
    """,
    "sample.php": """
        block - 1-6
        constant RETRIES 7-8
        interface Sender 9-13
        interface Logs 14-21
        method Logs.log 16-19
        class Mailer 22-40
        method Mailer.__construct 30-32
        method Mailer.send 34-38
        enum Priority 41-46
        function mailer 47-50
    """,
    "sample.py": """
        block - 1-11
        constant DEFAULT_RATE 12-12
        constant _CAPACITY 13-16
        interface Clock 17-20
        method Clock.now 18-18
        enum Verdict 21-25
        class Bucket 26-46
        method Bucket.__init__ 32-34
        method Bucket.is_empty 36-38
        method Bucket.take 40-44
        function limited 47-52
        block - 53-56
        function install 57-60
        block - 61-62
    """,
    "sample.rb": """
        block - 1-2
        module Billing 3-3
        constant Billing.RATE 4-5
        class Billing.Line 6-11
        method Billing.Line.tax 7-9
        class Billing.Invoice 12-29
        method Billing.Invoice.initialize 16-18
        method Billing.Invoice.parse 20-22
        method Billing.Invoice.empty? 24-26
        function main 30-32
    """,
    "sample.rs": """
        block - 1-4
        constant SIDES 5-6
        type Length 7-8
        class Rect 9-15
        enum Shape 16-20
        interface Area 21-28
        method Area.is_empty 24-26
        class Rect 29-34
        method Rect.area 30-32
        function square 35-40
        class Shape 41-47
        method Shape.fmt 42-45
        module tests 48-51
        function tests.a_square_has_an_area 52-56
    """,
    "sample.sh": """
        block - 1-3
        constant VERSION 4-5
        function usage 6-13
        function build 14-18
        block - 19-22
    """,
    "sample.ts": """
        block - 1-2
        type Id 3-4
        interface Store 5-8
        enum Level 9-13
        class MemoryStore 14-24
        method MemoryStore.constructor 18-18
        method MemoryStore.get 20-22
        class Shape 25-28
        module Geometry 29-29
        function Geometry.area 30-34
        function legacy 35-36
        function load 37-39
    """,
    "sample.tsx": """
        block - 1-2
        interface Props 3-6
        function Greeting 7-10
        function Row 11-16
        function Page 17-23
    """,
    "Sample.hs": """
        block - 1-4
        enum Order 5-6
        class Name 7-7
        type Orders 8-8
        interface Priced 9-10
        class Priced 11-12
        method Priced.price 12-12
        function add 13-16
        function limit 17-17
        function $$ 18-18
    """,
    "Sample.kt": """
        block - 1-4
        class Order 5-16
        method Order.empty 9-9
        method Order.price 13-15
        interface Priced 17-19
        enum State 20-25
        method State.isFinal 24-24
        class Registry 26-26
        type Orders 27-27
        function second 28-28
        block - 29-29
        class Marker 30-30
        interface Shape 31-31
    """,
    "Sample.scala": """
        block - 1-4
        class Order 5-11
        method Order.price 9-9
        interface Priced 12-12
        class Order 13-16
        method Order.empty 15-15
        enum Color 17-19
        constant ord 20-20
        function top 21-21
    """,
    "sample.ex": """
        module Shop.Order 1-6
        function Shop.Order.price 7-12
        function Shop.Order.secret 13-15
        function Shop.Order.twice 16-18
        function Shop.Order.is_even 19-19
        module Shop.Order 20-20
        type Shop.Order.t 21-21
        function Shop.Order.noargs 22-23
        interface Priced 24-26
        method Priced.price 25-25
        class Priced 27-29
        method Priced.price 28-28
    """,
    "sample.lua": """
        block - 1-4
        method M.push 5-6
        method M.pop 7-7
        function helper 8-8
        function f 9-9
        method M.apply 10-10
        block - 11-11
        function global 12-12
        block - 13-13
    """,
    "sample.nix": """
        block - 1-4
        function join 5-6
        function withSet 7-7
        block - 8-12
        module meta 13-13
        function mkPackage 14-14
        block - 15-16
    """,
    "sample.ps1": """
        block - 1-6
        function Get-Order 7-11
        function Select-Big 12-12
        class Order 13-18
        method Order.Order 16-16
        method Order.Price 17-17
        enum State 19-19
    """,
    "sample.swift": """
        block - 1-2
        class Order 3-12
        method Order.init 7-7
        method Order.count 8-8
        method Order.deinit 11-11
        interface Priced 13-14
        enum State 15-16
        class Order 17-17
        method Order.of 17-17
        class Base 18-18
        method Base.make 18-18
        class Bank 19-19
        type Orders 20-20
        function main 21-21
        block - 22-22
        class Order 23-23
        method Order.== 23-23
    """,
    "sample.tf": """
        constant aws_s3_bucket.logs 1-4
        constant region 5-5
        constant id 6-6
        module net 7-7
        constant aws_ami.a 8-8
        block - 9-11
        constant aws 12-12
        block - 13-13
    """,
    "sample.zig": """
        block - 1-1
        class Point 2-7
        method Point.len 6-6
        enum State 8-8
        class U 9-9
        function main 10-10
        block - 11-12
        function a point 13-13
        enum Err 14-14
    """,
}
