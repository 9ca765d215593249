"""What an environment and its deployer are kept from, on Azure."""
