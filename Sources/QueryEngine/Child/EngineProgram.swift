/// The program of the engine's process: Python with PyArrow. It asks for jobs over the Runtime API,
/// as functions do, and writes files of columns as Parquet or ORC.
enum EngineProgram {
  static let source = #"""
    import http.client
    import json
    import os
    import sys

    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


    def call(method, route, document=None):
        body = None if document is None else json.dumps(document)
        connection.request(method, "/2018-06-01/runtime/" + route, body)
        response = connection.getresponse()
        return response.headers, response.read()


    def describe(error):
        return {"errorType": type(error).__name__, "errorMessage": str(error)}


    try:
        import pyarrow as pa
        import pyarrow.orc as orc
        import pyarrow.parquet as parquet
    except ImportError as error:
        call("POST", "init/error", describe(error))
        sys.exit(1)

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    SIMPLE = {
        "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(),
        "bigint": pa.int64(), "float": pa.float32(), "double": pa.float64(),
        "string": pa.string(), "date": pa.date32(),
    }


    def arrow(kind, units):
        """The type of a column; units gives those of moments, in their order."""
        if kind == "timestamp":
            return pa.timestamp(next(units))
        if isinstance(kind, str):
            return SIMPLE[kind]
        if kind[0] == "decimal":
            return pa.decimal128(kind[1], kind[2])
        if kind[0] == "array":
            return pa.list_(pa.field("element", arrow(kind[1], units)))
        if kind[0] == "map":
            key = arrow(kind[1], units)
            return pa.map_(key, arrow(kind[2], units))
        return pa.struct([pa.field(name, arrow(part, units)) for name, part in kind[1]])


    def column(kind, entries, data):
        """The values of a column, out of the mapped file; entries gives the places of its parts."""
        entry = next(entries)
        length, nulls, spans = entry[:3]
        buffers = [None if span is None else data.slice(*span) for span in spans]
        if pa.types.is_timestamp(kind):
            values = pa.Array.from_buffers(pa.timestamp(entry[3]), length, buffers, nulls)
            return values if entry[3] == kind.unit else values.cast(kind, safe=False)
        if pa.types.is_struct(kind):
            children = [column(field.type, entries, data) for field in kind]
        elif pa.types.is_map(kind):
            keys = column(kind.key_type, entries, data)
            items = column(kind.item_type, entries, data)
            pairs = pa.StructArray.from_arrays([keys, items], fields=[kind.key_field, kind.item_field])
            children = [pairs]
        elif pa.types.is_list(kind):
            children = [column(kind.value_type, entries, data)]
        else:
            children = None
        return pa.Array.from_buffers(kind, length, buffers, nulls, 0, children)


    def table(job):
        """The batches as one table. Moments are microseconds where one batch needs them."""
        batches = job["batches"]
        units = []
        for batch in batches:
            found = [entry[3] for entry in batch["columns"] if len(entry) == 4]
            units = [max(pair) for pair in zip(units, found)] if units else found
        units = iter(units)
        schema = pa.schema([pa.field(name, arrow(kind, units)) for name, kind in job["schema"]])
        data = pa.memory_map(job["input"]).read_buffer()
        parts = []
        for batch in batches:
            entries = iter(batch["columns"])
            columns = [column(field.type, entries, data) for field in schema]
            parts.append(pa.RecordBatch.from_arrays(columns, schema=schema))
        return pa.Table.from_batches(parts, schema)


    def write_parquet(rows, path, options):
        size = max(1, rows.nbytes // max(1, rows.num_rows))
        with parquet.ParquetWriter(
            path, rows.schema, version="2.6" if options["version"] == "V2" else "1.0",
            data_page_version="2.0" if options["version"] == "V2" else "1.0",
            compression=options["compression"],
            compression_level=6 if options["compression"] == "GZIP" else None,
            use_dictionary=options["dictionary"], data_page_size=options["pageSize"],
            use_deprecated_int96_timestamps=True, store_schema=False,
        ) as writer:
            writer.write_table(rows, row_group_size=max(1, options["blockSize"] // size))


    def write_orc(rows, path, options):
        orc.write_table(
            rows, path, file_version="0.11" if options["version"] == "V0_11" else "0.12",
            compression=options["compression"], stripe_size=options["stripeSize"],
            row_index_stride=options["rowIndexStride"],
            dictionary_key_size_threshold=options["dictionaryThreshold"],
            bloom_filter_columns=options["bloomColumns"] or None,
            bloom_filter_fpp=options["bloomFalsePositives"],
        )


    FORMATS = {"parquet": write_parquet, "orc": write_orc}


    class Missing(Exception):
        """A library that only some jobs need."""


    def append(job, rows):
        """Adds rows to an Iceberg table: new files in a folder; nothing else is touched."""
        try:
            from pyiceberg.io import FileIO, InputFile, OutputFile
            from pyiceberg.io.pyarrow import _dataframe_to_data_files as data_files
            from pyiceberg.io.pyarrow import schema_to_pyarrow
            from pyiceberg.serializers import ToOutputFile
            from pyiceberg.table import CommitTableResponse, Table
            from pyiceberg.table.locations import load_location_provider
            from pyiceberg.table.metadata import TableMetadataUtil
            from pyiceberg.table.update import update_table_metadata
        except ImportError as error:
            raise Missing(f"no PyIceberg ({error})")

        known, written = job["files"], {}

        class File(InputFile, OutputFile):
            """A file of the table, by its place in the bucket."""

            def path(self):
                return written.get(self.location) or known.get(self.location)

            def __len__(self):
                return os.path.getsize(self.path())

            def exists(self):
                return self.path() is not None

            def open(self, seekable=True):
                if self.path() is None:
                    raise FileNotFoundError(self.location)
                return open(self.path(), "rb")

            def create(self, overwrite=False):
                path = written[self.location] = os.path.join(job["output"], str(len(written)))
                return open(path, "wb")

            def to_input_file(self):
                return self

        class Folder(FileIO):
            def new_input(self, location):
                return File(location)

            def new_output(self, location):
                return File(location)

            def delete(self, location):
                raise PermissionError("nothing is deleted here")

        class Commit:
            """Stands in for a catalog: writes the new metadata beside the other files."""

            def commit_table(self, table, requirements, updates):
                for requirement in requirements:
                    requirement.validate(table.metadata)
                staged = update_table_metadata(
                    table.metadata, updates, metadata_location=table.metadata_location)
                name = os.path.basename(table.metadata_location).split("-")[0]
                version = int(name) + 1 if name.isdigit() else 1
                provider = load_location_provider(staged.location, staged.properties)
                location = provider.new_table_metadata_file_location(version)
                ToOutputFile.table_metadata(staged, table.io.new_output(location))
                return CommitTableResponse(metadata=staged, metadata_location=location)

            def _delete_old_metadata(self, *_):
                pass

        with open(known[job["metadata"]]) as file:
            metadata = TableMetadataUtil.parse_raw(file.read())
        target = Table(("table",), metadata, job["metadata"], Folder(), Commit())
        schema = schema_to_pyarrow(target.schema(), include_field_ids=False)
        # Iceberg's moments are microseconds: what is finer is cut off.
        columns = [
            rows[field.name].cast(field.type, safe=not pa.types.is_timestamp(field.type))
            for field in schema]
        rows = pa.Table.from_arrays(columns, schema=schema)
        # Merging manifests would need every manifest of the table.
        with target.transaction() as transaction:
            with transaction.update_snapshot().fast_append() as snapshot:
                for part in data_files(target.metadata, rows, target.io, snapshot.commit_uuid):
                    snapshot.append_data_file(part)
        return {"rows": len(rows), "metadata": target.metadata_location, "files": written}


    def run(job):
        rows = table(job)
        if job["format"] == "iceberg":
            return append(job, rows)
        FORMATS[job["format"]](rows, job["output"], job["options"])
        return {"rows": rows.num_rows, "pyarrow": pa.__version__}


    while True:
        headers, body = call("GET", "invocation/next")
        request = "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            call("POST", request + "/response", run(json.loads(body)))
        except Exception as error:
            call("POST", request + "/error", describe(error))
        # Memory goes back to the machine until the next job.
        pa.default_memory_pool().release_unused()
    """#
}
