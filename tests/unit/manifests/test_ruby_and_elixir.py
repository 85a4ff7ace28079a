"""Gem specifications, Gemfiles and mix.exs."""

from reading_manifests import DEV, OPTIONAL, RUNTIME, manifest, required


def test_a_gemspec_says_what_stands_there_literally():
    found = manifest(
        "acme.gemspec",
        """
        require_relative "lib/acme/version"
        Gem::Specification.new do |spec|
          spec.name = "acme"
          spec.version = Acme::VERSION
          spec.summary = %q{Does things}
          # spec.add_dependency "commented"
          spec.add_dependency "rack", ">= 2", "< 4"
          spec.add_runtime_dependency('json'.freeze, '~> 2.0'.freeze)
          spec.add_development_dependency "rspec"
        end
        """,
    )
    assert (found.name, found.version, found.description) == ("acme", None, "Does things")
    assert required(found) == [("rack", ">= 2, < 4", RUNTIME), ("json", "~> 2.0", RUNTIME), ("rspec", "", DEV)]


def test_a_gemspec_without_a_name_bears_that_of_its_file():
    assert manifest("gems/bare.gemspec", "Gem::Specification.new { |s| s.version = '1' }").name == "bare"


def test_a_gemfile_knows_who_a_gem_is_for():
    found = manifest(
        "app/Gemfile",
        """
        source "https://example.com"
        gem "rails", "~> 7.1"
        gem "local", path: "../engines/local"
        gem "pry", group: :development
        gem "puma", group: [:production, :development]
        group :development, :test do
          gem "rspec-rails"
          platforms :ruby do
            gem "sqlite3", require: false
          end
        end
        if ENV["X"]
          gem "conditional", :group => :test
        end
        gem "last"
        """,
    )
    assert (found.name, found.declares) == (None, True)
    assert required(found) == [
        ("rails", "~> 7.1", RUNTIME),
        ("local", "", RUNTIME, "engines/local"),
        ("pry", "", DEV),
        ("puma", "", RUNTIME),
        ("rspec-rails", "", DEV),
        ("sqlite3", "", DEV),
        ("conditional", "", DEV),
        ("last", "", RUNTIME),
    ]


def test_a_mix_exs_says_what_stands_there_literally():
    found = manifest(
        "apps/web/mix.exs",
        """
        defmodule Web.MixProject do
          use Mix.Project
          @version "0.3.1"

          def project do
            [app: :web, version: @version, description: "The web", deps: deps()]
          end

          defp deps do
            [
              {:phoenix, "~> 1.7"}, # {:commented, "1"}
              {:credo, "~> 1.7", only: [:dev, :test], runtime: false},
              {:core, in_umbrella: true},
              {:near, path: "../../near"},
              {:maybe, "1.0", optional: true}
            ]
          end
        end
        """,
    )
    assert (found.name, found.version, found.description, found.members) == ("web", "0.3.1", "The web", None)
    assert required(found) == [
        ("phoenix", "~> 1.7", RUNTIME),
        ("credo", "~> 1.7", DEV),
        ("core", "", RUNTIME),
        ("near", "", RUNTIME, "near"),
        ("maybe", "1.0", OPTIONAL),
    ]


def test_an_umbrella_has_its_apps_as_members():
    found = manifest("mix.exs", 'defmodule U do\n  use Mix.Project\n  def project, do: [apps_path: "apps"]\nend')
    assert (found.members, found.name) == (("apps/*",), None)
