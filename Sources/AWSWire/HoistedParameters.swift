extension WireRequest {
  /// Query keys of a presigned URL that belong to the signature itself, in lower case.
  private static let signatureKeys: Set<String> = [
    "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
    "x-amz-signature", "x-amz-security-token", "x-amz-content-sha256",
  ]
  private static let plainHeaders: Set<String> = ["content-type", "content-md5"]

  /// The request with the parameters that a presigned URL carries in its query put where they count:
  /// among the headers. Clients that presign hoist every `x-amz-…` header, and those of signature
  /// version 2 the content's type and digest too.
  ///
  /// A header that was sent wins over a parameter of its name. A hoisted checksum is of the body
  /// that was there at signing, which is none: its algorithm counts, its value doesn't.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
  public func countingHoistedParameters() -> WireRequest {
    var request = self
    request.query = []
    for item in query {
      let name = item.key.lowercased()
      guard
        Self.plainHeaders.contains(name)
          || name.hasPrefix("x-amz-") && !Self.signatureKeys.contains(name)
      else {
        request.query.append(item)
        continue
      }
      if PayloadChecksum(header: name) != nil || header(name) != nil { continue }
      request.headers.append(WireHeader(name, item.value))
    }
    return request
  }
}
