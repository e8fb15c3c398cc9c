import Effects

/// The place of the engine's interpreter: a Python that has PyArrow.
public enum EngineLocation: Sendable, Hashable {
  /// The variable that points to a Python, or to an environment with one.
  public static let variable = "LEAT_QUERY_ENGINE"

  /// The packages that the engine is made of, as pip takes them.
  public static let packages = ["pyarrow>=20,<27", "pyiceberg[pyiceberg-core]>=0.11,<0.13"]

  public static let advice =
    "run `leat doctor --install`, or let \(variable) point to a Python that has PyArrow"

  /// Named by the variable.
  case given(String)
  /// In Leat's own environment.
  case own(String)
  /// `python3` in `PATH`, which may have PyArrow or not.
  case path(String)

  public var executable: String {
    switch self {
    case .given(let path), .own(let path), .path(let path): path
    }
  }

  /// The first of the places that has an interpreter; nil for none. Looks at files alone.
  public static func find(_ effects: Effects) -> EngineLocation? {
    if let given = effects.processes.inherited(variable), !given.isEmpty {
      let isFolder = effects.files.isDirectory(given)
      return effects.processes.find(isFolder ? "\(given)/bin/python3" : given).map(Self.given)
    }
    if let folder = ownFolder(effects),
      let own = effects.processes.find("\(folder)/bin/python3")
    {
      return .own(own)
    }
    return effects.processes.find("python3").map(Self.path)
  }

  /// Leat's own environment, below the user's data: `~/.local/share/leat/engine`. nil for a user
  /// without a home.
  public static func ownFolder(_ effects: Effects) -> String? {
    if let data = effects.processes.inherited("XDG_DATA_HOME"), data.hasPrefix("/") {
      return "\(data)/leat/engine"
    }
    guard let home = effects.processes.inherited("HOME"), home.hasPrefix("/") else { return nil }
    return "\(home)/.local/share/leat/engine"
  }
}
