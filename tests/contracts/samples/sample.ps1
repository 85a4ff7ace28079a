<#
.SYNOPSIS
A script.
#>
param([string]$Name)
$Limit = 10
# Gets an order.
function Get-Order {
    param([int]$Id)
    $x = 1
}
filter Select-Big { $_ }
class Order : Base {
    [int]$Id
    static [string] $Kind = "x"
    Order([int]$id) { $this.Id = $id }
    [double] Price([int]$n) { return 1 }
}
enum State { Open; Paid = 2 }
