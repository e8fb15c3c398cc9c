enum ResourceFactsModule {}
