import AWSModel
import Archives

/// The links of archives that are unpacked over one another.
///
/// Each archive's own stay within it. Together they could still lead out: a link of one layer may
/// lie on the way that another's link takes, or on the path of another's file.
struct MergedLinks {
  private var links: [String: String] = [:]
  private var paths: Set<String> = []

  /// Throws `InvalidParameterValueException` before anything of the archive is written, where it does
  /// not go together with those before it.
  mutating func add(_ zip: ZipArchive) throws {
    for entry in zip.entries { links[entry.path] = zip.links[entry.path] }
    paths.formUnion(zip.entries.map(\.path))
    do throws(ZipArchive.Failure) { try ArchiveLinks(links).check(paths) } catch {
      throw ServiceError(
        "InvalidParameterValueException",
        "The layers can't be laid over one another: \(error.reason)", fields: ["Type": "User"])
    }
  }
}
