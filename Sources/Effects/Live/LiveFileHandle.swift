import Glibc

/// A file descriptor, closed with its last reference.
final class LiveFileHandle: FileHandle {
  private let fileDescriptor: Int32
  private let path: String

  init(descriptor: Int32, path: String) {
    fileDescriptor = descriptor
    self.path = path
  }

  deinit { close(fileDescriptor) }

  var descriptor: Int32? { fileDescriptor }

  var size: Int64 {
    get throws(FileFailure) {
      var status = stat()
      guard fstat(fileDescriptor, &status) == 0 else { throw .last("fstat", path) }
      return Int64(status.st_size)
    }
  }

  func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] {
    var failure: FileFailure?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count, let base = buffer.baseAddress {
        let got = pread(
          fileDescriptor, base + initialized, count - initialized, off_t(offset) + initialized)
        if got > 0 {
          initialized += got
        } else if got == 0 {
          break
        } else if errno != EINTR {
          failure = .last("pread", path)
          break
        }
      }
    }
    if let failure { throw failure }
    return bytes
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileFailure) {
    var written = 0
    while written < bytes.count, let base = bytes.baseAddress {
      let count = pwrite(
        fileDescriptor, base + written, bytes.count - written, off_t(offset) + written)
      if count >= 0 { written += count } else if errno != EINTR { throw .last("pwrite", path) }
    }
  }

  func preallocate(_ size: Int64) throws(FileFailure) {
    let block = [UInt8](repeating: 0, count: 1 << 20)
    var offset = try self.size
    while offset < size {
      let count = Int(min(Int64(block.count), size - offset))
      try block.withUnsafeBytesTyped { (raw) throws(FileFailure) in
        try write(UnsafeRawBufferPointer(rebasing: raw[..<count]), at: offset)
      }
      offset += Int64(count)
    }
    guard fsync(fileDescriptor) == 0 else { throw .last("fsync", path) }
  }

  func reserve(_ size: Int64) throws(FileFailure) {
    let number = posix_fallocate(fileDescriptor, 0, off_t(size))
    guard number == 0 else {
      throw FileFailure(
        operation: "fallocate", path: path, errno: number,
        reason: String(cString: strerror(number)))
    }
    guard fsync(fileDescriptor) == 0 else { throw .last("fsync", path) }
  }

  func sync() throws(FileFailure) {
    guard fdatasync(fileDescriptor) == 0 else { throw .last("fdatasync", path) }
  }

  func truncate(_ size: Int64) throws(FileFailure) {
    guard ftruncate(fileDescriptor, off_t(size)) == 0 else { throw .last("ftruncate", path) }
  }
}
