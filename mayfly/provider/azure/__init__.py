"""Resources of our provider that live on Azure."""
