enum FunctionRuntimeModule {}
