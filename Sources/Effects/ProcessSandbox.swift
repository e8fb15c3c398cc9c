/// The walls around a child, which bubblewrap puts up: it sees the files named here, itself, and what it
/// has started. It has a network of its own, in which there is nothing but `ports`.
public struct ProcessSandbox: Sendable, Hashable {
  /// A file or folder of this machine, as the child sees it.
  public struct Mount: Sendable, Hashable {
    public var source: String
    public var place: String
    public var isWritable: Bool
    /// True where it may be missing.
    public var isOptional: Bool

    public init(
      _ source: String, at place: String? = nil, isWritable: Bool = false, isOptional: Bool = false
    ) {
      self.source = source
      self.place = place ?? source
      self.isWritable = isWritable
      self.isOptional = isOptional
    }
  }

  /// The program `bwrap`.
  public var program: String
  /// In their order: later ones lie over earlier ones. Sources are absolute paths.
  public var mounts: [Mount]
  /// TCP ports of the loopback interface inside, on which this process listens.
  public var ports: [UInt16]

  public init(program: String, mounts: [Mount] = ProcessSandbox.system, ports: [UInt16] = []) {
    self.program = program
    self.mounts = mounts
    self.ports = ports
  }

  /// Programs, libraries, and what these read of the machine's settings: none of its users' files, and
  /// no folder in which other programs' sockets lie.
  public static let system: [Mount] = {
    let folders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"]
    let settings = [
      "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "fonts",
      "group",
      "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic",
      "mime.types", "nsswitch.conf", "passwd", "pki", "protocols", "services", "ssl", "terminfo",
      "timezone",
    ]
    var mounts = [Mount("/usr")]
    for path in folders + settings.map({ "/etc/\($0)" }) {
      mounts.append(Mount(path, isOptional: true))
    }
    return mounts
  }()

  /// The descriptors that bubblewrap has beyond the standard ones, in this order.
  enum Channel: Int32 {
    /// Takes its word on the child that it has made.
    case information = 3
    /// Holds the program up until there is something to read.
    case gate = 4
    /// Gives the arguments, so that no list of processes shows the environment.
    case arguments = 5
  }

  /// Arguments of bubblewrap but for the program. Its own environment is empty: variables such as
  /// `LD_PRELOAD` must take effect inside alone.
  func arguments(for command: ProcessCommand) -> [String] {
    var arguments = [
      "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
      "--info-fd", String(Channel.information.rawValue), "--block-fd",
      String(Channel.gate.rawValue),
    ]
    for (name, value) in command.environment.sorted(by: { $0.key < $1.key }) {
      arguments += ["--setenv", name, value]
    }
    // The system's settings in /proc belong to root, whatever walls and capabilities root has.
    arguments += ["--proc", "/proc", "--remount-ro", "/proc"]
    arguments += ["--dev", "/dev", "--remount-ro", "/dev"]
    for mount in mounts {
      let option = (mount.isWritable ? "--bind" : "--ro-bind") + (mount.isOptional ? "-try" : "")
      arguments += [option, mount.source, mount.place]
    }
    return arguments + ["--remount-ro", "/", "--chdir", command.workingDirectory]
  }
}
