enum StackStoreModule {}
