-- A stack.
local M = {}
M.VERSION = "1.0"
local LIMIT = 10
--- Pushes a value.
function M.push(self, v) table.insert(self, v) end
function M:pop() return table.remove(self) end
local function helper(a) return a end
local f = function(x) return x end
M.apply = function(x) return f(x) end
t = { key = function() end, a = 1 }
function global() end
return M
