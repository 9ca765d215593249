"""Provider servers that replace the azure-native and aws plugins of the Pulumi engine."""
