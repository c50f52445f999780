# trade_hash with names that nginx resolves at run time: a name is one node,
# whatever addresses it has; a name that loses its addresses gives its keys to the
# others, and gets them back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Dns;
use Trade::Process qw(wait_for);

my $version = qx(@{[ $ENV{TRADE_NGINX} // '/usr/sbin/nginx' ]} -v 2>&1) =~ m{/1\.(\d+)\.(\d+)} ? $1 * 1000 + $2 : 0;
plan skip_all => '"resolve" of a server needs nginx 1.27.3' if $version < 27003;

my $dns = Trade::Dns->new;
$dns->says('127.0.0.1 127.0.0.2');

my $t = Trade->new;
my $backend = $t->nginx(<<'EOF')->start(up => 0);
pid %%TESTDIR%%/nginx.pid;
error_log %%TESTDIR%%/error.log warn;
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000;
    server { listen *:%%PORT%%; return 204; }
}
EOF

my $n = $t->nginx(<<'EOF', NODE => $backend->port, DNS => $dns->port)->start;
%%HASH_GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000;
    resolver 127.0.0.1:%%DNS%% valid=1s ipv6=off;
    resolver_timeout 5s;
    upstream nodes {
        zone nodes 256k;
        trade_hash $http_key bounded=1.25;
        server named.test:%%NODE%% resolve;
        server 127.0.0.8:%%NODE%%;
        server 127.0.0.9:%%NODE%%;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header Addr $upstream_addr;
        add_header Node $trade_hash_node;
        add_header Spill $trade_hash_spill;
        location = /nodes { proxy_pass http://nodes; }
        location = /hash { trade_hash_status; }
    }
}
EOF

my $name = 'named.test:' . $backend->port;
my @keys = map { "key-$_" } 1 .. 300;

sub picked { return map { { addr => '', node => '', spill => '', %$_ } } $n->get_keys('/nodes', @keys) }

# Both workers take part: the answers of many connections must be as they should.
sub until_all {
    my ($what, $code) = @_;
    return ok(wait_for(sub { my $good = 1; $good &&= $code->(picked()) for 1 .. 4; $good }, 30, 0.1), $what);
}

sub addresses_of {
    my ($node, @answers) = @_;
    my %addr = map { $_->{addr} => 1 } grep { $_->{node} eq $node } @answers;
    return join ' ', sort keys %addr;
}

my $port = $backend->port;
until_all('a name with two addresses is one node, whose requests go to both',
    sub { addresses_of($name, @_) eq "127.0.0.1:$port 127.0.0.2:$port" });
my @before = picked();
my %nodes = map { $_->{node} => 1 } @before;
is(join(' ', sort keys %nodes), join(' ', sort $name, "127.0.0.8:$port", "127.0.0.9:$port"), 'there are three nodes');
is((grep { $_->{spill} ne '0' } @before), 0, 'no request spills');

$dns->says('127.0.0.3');
until_all('the name has another address: requests go there', sub { addresses_of($name, @_) eq "127.0.0.3:$port" });
my @moved = picked();
is_deeply([map { $_->{node} } @moved], [map { $_->{node} } @before], 'each key keeps its node');
ok(wait_for(sub { $n->error_log =~ /upstream "nodes" has 3 nodes and 480 points as before/ }, 20),
    'the ring has its points from before');

$dns->says('rcode 3');
until_all('the name has no address: the others get its keys', sub { !grep { $_->{node} eq $name || $_->{addr} eq '' } @_ });
my @without = picked();
is((grep { $before[$_]{node} ne $name && $before[$_]{node} ne $without[$_]{node} } 0 .. $#keys), 0,
    'no other key moves');
my %heirs = map { $without[$_]{node} => 1 } grep { $before[$_]{node} eq $name } 0 .. $#keys;
is(scalar keys %heirs, 2, 'its keys go to both others');

$dns->says('127.0.0.4');
until_all('the name has an address again: its keys return', sub { addresses_of($name, @_) eq "127.0.0.4:$port" });
is_deeply([map { $_->{node} } picked()], [map { $_->{node} } @before], 'each key has its node from before');

my %status = map { $_->{name} => $_ } @{ $n->get('/hash')->{json}{upstreams}[0]{nodes} };
is($status{$name}{points}, 160, 'the status has the name as one node');
cmp_ok($status{$name}{first}, '>', 0, 'its counts go on');

$t->done;
