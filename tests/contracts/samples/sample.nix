# Helpers for the shop.
{ lib, stdenv, fetchurl ? null, ... }@args:
let
  version = "1.2";
  # Joins two names.
  join = a: b: "${a}-${b}";
  withSet = { name, ... }: name;
in
rec {
  inherit version;
  pname = "shop";
  meta.description = "A shop";
  meta = { license = lib.licenses.mit; };
  mkPackage = name: stdenv.mkDerivation { inherit name; src = ./.; };
  "odd name" = 3;
}
