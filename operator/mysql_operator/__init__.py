"""One MySQL object, one Helm release: the chart generator and the reconciling operator."""
