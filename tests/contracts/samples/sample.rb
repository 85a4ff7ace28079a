require 'json'

module Billing
  RATE = 0.19

  Line = Struct.new(:name, :amount) do
    def tax
      amount * RATE
    end
  end

  # An invoice of one customer.
  class Invoice < Base
    attr_reader :lines

    def initialize(lines)
      @lines = lines
    end

    def self.parse(text)
      new(JSON.parse(text))
    end

    def empty?
      lines.empty?
    end
  end
end

def main
  puts Billing::Invoice.parse('[]')
end
