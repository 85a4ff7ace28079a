# Walks through a nixpkgs tree and says on stderr what it finds, a line at a time: request -> null.
#
# A line begins with the request's token, by which it differs from whatever else is printed there, and a sign:
#   > path     what comes now is about this attribute; nothing of it has been looked at yet
#   = fields   it is a package, and this is its name
#   + fields   this is everything else, and the package is complete
#   ? field    this field is looked at now, where the attribute is to be looked at carefully
#   : fields   this is the field
#   ! text     it cannot be evaluated
#   .          the walk is over
# What `tryEval` does not catch ends the program. Then the last lines say at which attribute and field it was, and the
# next request goes on from there.
request:
let
  inherit (builtins)
    all any attrNames concatMap elem elemAt filter foldl' functionArgs genList head intersectAttrs isAttrs isBool
    isFunction isInt isList isPath isString length listToAttrs match seq tail toJSON tryEval;

  say = sign: value: next: builtins.trace "${request.token}${sign}${toJSON value}" next;
  fail = text: say "!" text null;
  each = act: foldl' (_: one: act one) null;
  last = list: elemAt list (length list - 1);

  # Only of a few attributes is it worth an end of the program to hear what they throw: `tryEval` does not tell.
  attempt = value: if request.explain then seq value { success = true; inherit value; } else tryEval value;
  thrown = "it throws, or fails an assertion";

  # -- the tree ------------------------------------------------------------------------------------------------------

  # What must not be built may still be listed. Aliases of old names are left out, as in nixpkgs' own list of packages.
  config = {
    allowAliases = false;
    allowBroken = true;
    allowInsecurePredicate = _: true;
    allowUnfree = true;
    allowUnsupportedSystem = true;
  };
  called = imported:
    let
      accepted = functionArgs imported;
    in
    if !isFunction imported then imported
    else if request.bare then imported { }
    # A function that does not say what it takes is an old tree's, and hands it on to one that is strict.
    else if accepted == { } then imported { inherit (request) system; inherit config; }
    else imported (intersectAttrs accepted { inherit (request) system; inherit config; overlays = [ ]; });
  tree =
    let
      set = called (import request.tree);
    in
    if !isAttrs set then throw "the tree is no set of attributes"
    else if isDerivation set then throw "the tree is a single package"
    else set;

  isDerivation = set: (set.type or null) == "derivation";

  # -- fields --------------------------------------------------------------------------------------------------------

  fields = [ "pname" "version" "system" "outputs" ];
  metaFields = [
    "available" "badPlatforms" "broken" "description" "homepage" "insecure" "knownVulnerabilities" "license"
    "longDescription" "mainProgram" "maintainers" "platforms" "position" "unfree" "unsupported"
  ];
  # Fields that may have sets, and what is said of these. Any other set may be as big as nixpkgs itself.
  parts = {
    badPlatforms = parts.platforms;
    license = [ "free" "fullName" "shortName" "spdxId" "url" ];
    maintainers = [ "email" "github" "name" ];
    platforms = [ "cpu" "kernel" "name" "system" ];
  };

  # A value as JSON has it, of a set `only` these attributes. Null is what throws, and left out within lists and sets;
  # so are functions, packages, and fractions, which may be infinite.
  plain = only: depth: value:
    let
      tried = tryEval value;
      known = tried.value;
      inner = plain only (depth - 1);
      derivation = tryEval (isDerivation known);
    in
    if !tried.success then null
    else if isString known then builtins.unsafeDiscardStringContext known
    else if isInt known || isBool known then known
    else if isPath known then toString known
    else if depth == 0 then null
    else if isList known then filter (one: one != null) (map inner known)
    else if isAttrs known && only != [ ] && derivation.success && !derivation.value then picked (_: inner) known only
    else null;
  picked = treat: set: names:
    listToAttrs (concatMap
      (name:
        let
          value = if set ? ${name} then treat name set.${name} else null;
        in
        if value == null then [ ] else [{ inherit name value; }])
      names);

  ofPackage = picked (_: plain [ ] 1);
  ofMeta = package: names:
    let
      meta = tryEval (package.meta or { });
    in
    if meta.success && isAttrs meta.value then picked (name: plain (parts.${name} or [ ]) 4) meta.value names else { };
  described = package: ofPackage package fields // { meta = ofMeta package metaFields; };

  # The same, field after field. That a package has a meta at all is a field of its own: all others need it.
  carefully = package:
    let
      ask = field: value: if elem field request.without then null else say "?" field (say ":" value null);
      top = each (name: ask name (ofPackage package [ name ])) fields;
      meta = ask "meta" (seq (ofMeta package [ ]) { });
      inMeta = each (name: ask "meta.${name}" { meta = ofMeta package [ name ]; }) metaFields;
    in
    seq top (seq meta (seq inMeta (say "+" { } null)));

  package = path: set: value:
    let
      name = tryEval (value.name or null);
      position = builtins.unsafeGetAttrPos (last path) set;
      assigned = if position == null then { } else { assigned = "${position.file}:${toString position.line}"; };
    in
    if !name.success || !isString name.value then fail "it has no name"
    else say "=" ({ name = builtins.unsafeDiscardStringContext name.value; } // assigned) (
      if request.careful && path == request.from then carefully value else say "+" (described value) null
    );

  # -- the walk ------------------------------------------------------------------------------------------------------

  matches = pattern: name: match pattern name != null;
  # Whether the path matches the beginning of a glob of several names.
  begins = path: glob:
    length path <= length glob && all (n: matches (elemAt glob n) (elemAt path n)) (genList (n: n) (length path));
  isNested = path: any (glob: length path == length glob && begins path glob) request.nested;
  leads = path: request.depth > 1 && any (glob: length path < length glob && begins path glob) request.nested;

  # How many sets deep what is in this set stands, null when it is not to be looked into.
  levelOf = path: level: set:
    if isNested path then 1
    else if level == null || level + 1 >= request.depth then null
    else if matches request.scopes (last path) then level + 1
    else if request.recurseAll && (tryEval (set.recurseForDerivations or false)).value == true then level + 1
    else null;

  # A set is a copy of one that it lies in when it has, but for a tenth, the same names, and among them the one that
  # leads to it. So nixpkgs contains itself (`pkgs`), and itself for other machines (`buildPackages`, `pkgsCross.*`).
  # Values cannot be compared: that would evaluate them.
  isCopy = set: outer:
    let
      sizes = map (one: length (attrNames one)) [ set outer.set ];
      larger = if head sizes > last sizes then head sizes else last sizes;
    in
    set ? ${outer.name} && length (attrNames (intersectAttrs outer.set set)) * 10 >= larger * 9;

  # `place` is where the set stands: its path, its level, and the sets that it lies in. `from` are the names that lead
  # to where the walk goes on; empty for the whole set.
  within = set: place: from:
    let
      names = filter (name: place.level != null || leads (place.path ++ [ name ]) || isNested (place.path ++ [ name ]))
        (attrNames set);
      first = head from;
      isOver = name: name < first || (name == first && tail from == [ ] && !request.again);
      left = if from == [ ] then names else filter (name: !isOver name) names;
    in
    each (name: visit set place name (if from != [ ] && name == first then tail from else [ ])) left;

  visit = set: place: name: from:
    let
      path = place.path ++ [ name ];
      value = attempt set.${name};
      known = value.value;
      derivation = attempt (isDerivation known);
    in
    say ">" path (
      if !value.success then fail thrown
      else if !isAttrs known then null
      else if !derivation.success then fail thrown
      else if !derivation.value then inside known place path { inherit set name; } from
      else if place.level == null then null
      else package path set known
    );

  inside = set: place: path: outer: from:
    let
      level = levelOf path place.level set;
      above = place.above ++ [ outer ];
    in
    if (level != null && level < request.depth || leads path) && !any (isCopy set) above
    then within set { inherit path level above; } from
    else null;

  # -- given attributes ----------------------------------------------------------------------------------------------

  # Sets may be made by functions with defaults, which is how nix's own commands follow a path.
  opened = value:
    let
      arguments = functionArgs value;
    in
    if isFunction value && arguments != { } && all (name: arguments.${name}) (attrNames arguments) then value { } else value;

  lookUp = path: say ">" path (follow path tree path);
  follow = path: set: names:
    let
      name = head names;
      value = attempt (opened set.${name});
      known = value.value;
      derivation = attempt (isAttrs known && isDerivation known);
    in
    if !isAttrs set || !(set ? ${name}) then fail "there is no attribute of this name"
    else if !value.success then fail thrown
    else if tail names != [ ] then follow path known (tail names)
    else if !derivation.success then fail thrown
    else if !derivation.value then fail "it is no package"
    else package path set known;

  top = { path = [ ]; level = 0; above = [ ]; };
in
seq
  (if request.attributes == null then within tree top request.from else each lookUp request.attributes)
  (say "." null null)
