package chat

// attach answers a front end that has come to the running node with who this is.
func (c *Core) attach(who Asker) {
	c.answer(who, Ready{Me: c.me, Network: c.cfg.Network, Addrs: c.addrs})
}

// detach lets a front end go.
func (c *Core) detach(Asker, *user) {}
