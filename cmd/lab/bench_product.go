package main

import (
	"context"
	"errors"
)

// errNoProduct is returned until the bench is joined to package localnet.
var errNoProduct = errors.New("tincan itself cannot be measured yet; use --floors")

func newProductTrip(context.Context) (trip, error)      { return nil, errNoProduct }
func newProductMesh(context.Context, int) (mesh, error) { return nil, errNoProduct }
