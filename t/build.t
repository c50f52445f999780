# `make build` and `make install` replace what a running nginx has mapped, and
# `make serve` says in one line why it can't start.  All of it in a copy of the
# tree.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(make_path);
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew);

my $t = Trade->new;
my $copy = $t->dir . '/copy';
my $out = $ENV{TRADE_OUT} =~ s/^\Q$Trade::root\E/$copy/r;
make_path($out);
system("cd $Trade::root && tar -cf - --exclude=./build --exclude=./.git . "
    . "| tar -xf - -C $copy && cd $ENV{TRADE_OUT} && cp -a nginx lib libtrade.a "
    . "sources trade_script_bodies.h tradectl ngx_trade_module.so "
    . "ngx_trade_hash_module.so $out") == 0
    or die "no copy\n";

my $module = "$out/ngx_trade_module.so";
my @make = ('make', '-C', $copy, '--no-print-directory',
    'BUILD=' . ($out =~ m{/sanitize} ? 'sanitize' : 'release'),
    'NGINX_SRC=' . ($ENV{TRADE_NGINX_SRC} // ''));

# The exit code of a command in the copy, and what it said.
sub run {
    my ($env, @command) = @_;
    my $p = Trade::Process->new(log => $t->dir . '/run.log', cwd => $copy,
        command => \@command, env => { MAKEFLAGS => '', MFLAGS => '', %$env });
    $p->wait_end(600) or die "@command does not end\n";
    my $said = slurp($p->{log});
    unlink $p->{log};
    return ($p->{status} >> 8, $said);
}

# build

system("echo >> $module") == 0 or die;      # so that the build's is another
local $ENV{TRADE_MODULE} = $module;
my $n = $t->nginx(<<'EOF')->start(up => 0);
%%GLOBALS%%
worker_processes 1;
events {}
http {
    %%GLOBALS_HTTP%%
    trade_zone main:2m;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /trade { trade_status; }
    }
}
EOF

my ($worker) = $n->workers;
my $inode = (stat $module)[1];
my ($code, $said) = run({}, @make, 'build');
is($code, 0, 'the module is built while nginx runs on it') or diag($said);
isnt((stat $module)[1], $inode, 'the new module is a new file');
is($n->get('/trade')->{status}, 200, 'nginx answers');
is(($n->workers)[0], $worker, 'the worker is the same after the build');
is(join(' ', glob "$out/*.new"), '', 'no temporary file is left');

# install

my $dest = $t->dir . '/dest';
my $nginx = $ENV{TRADE_NGINX} // 'nginx';
my $flags = qx($nginx -V 2>&1);
my ($prefix) = $flags =~ /--prefix=(\S+)/;
my ($modules) = $flags =~ /--modules-path=(\S+)/;
$modules //= ($prefix // '/usr/local/nginx') . '/modules';
my @install = (@make, 'install', "DESTDIR=$dest", 'PREFIX=/opt/trade');
my $installed = "$dest$modules/ngx_trade_module.so";
my $hash = "$dest$modules/ngx_trade_hash_module.so";

($code, $said) = run({}, @install);
is($code, 0, 'make install works') or diag($said);
is($said, "installed $installed\ninstalled $hash\n"
    . "installed $dest/opt/trade/sbin/tradectl\n", 'make install names the files that it has installed');
is(slurp($installed), slurp($module), 'the module is where nginx -V has modules');
is(slurp($hash), slurp("$out/ngx_trade_hash_module.so"), 'the module of trade_hash is there too');
ok(-x "$dest/opt/trade/sbin/tradectl", 'tradectl is below PREFIX and DESTDIR');
$inode = (stat $installed)[1];
run({}, @install);
isnt((stat $installed)[1], $inode, 'installing it again makes a new file');

# serve, on ports of its own, with stand-ins for what it starts

my %ports = map { $_ => free_port() } 8080, 7001, 7002, 9092, 9093;
for my $file (qw(nginx.conf shards.conf kafka/server.properties)) {
    my $text = slurp("$copy/conf/$file");
    $text =~ s/:(8080|700[12]|909[23])\b/:$ports{$1}/g;
    spew("$copy/conf/$file", $text);
}
my $bin = $t->dir . '/bin';
mkdir $bin;
sub stub {
    my ($name, $script) = @_;
    spew("$bin/$name", "#!/bin/sh\n$script\n");
    chmod 0755, "$bin/$name";
}
my %path = (PATH => "$bin:$ENV{PATH}", TRADE_MODULE => $module);

sub refused {
    my ($what, $reason, $env) = @_;
    my ($code, $said) = run({ %path, %{ $env || {} } }, 'perl', 'tools/stack',
        'serve');
    is($code, 1, "serve exits with 1 if $what");
    like($said, qr/^$reason\n\z/, "serve says in one line that $what");
}

my ($a, $b) = @ports{7001, 7002};
my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
    LocalPort => $b) or die "listen: $!\n";
refused('a port is taken', qr/port $b for Redis b is taken: .*/);
my ($status, $text) = run(\%path, @make, 'serve');
isnt($status, 0, 'make serve fails then');
is(scalar(grep { !/^make(?:\[\d+\])?: / } split /\n/, $text), 1, 'make serve fails with the same one line')
    or diag($text);
close $taken;

stub('redis-server', 'echo it has started; echo no memory >&2; exit 1');
refused('Redis fails', qr/Redis on port $a did not start: no memory/);
unlink "$bin/redis-server";

stub('mvn', 'echo one; echo no network; exit 1');
refused('Kafka can\'t be fetched', qr/there is no Kafka, .*: no network/,
    { TRADE_CACHE => $t->dir . '/cache' });

stub('java', 'echo no class; exit 1');
refused('Kafka can\'t run', qr/Kafka could not make its folder: no class/);

stub('java', 'case "$*" in *" format "*) exit ;; esac; exec sleep 1000');
stub('kcat', q(echo ' topic "orders" with 6 partitions:'));
spew("$copy/conf/nginx.conf",
    slurp("$copy/conf/nginx.conf") =~ s/trade_zone/trade_zonk/r);
refused('nginx refuses its configuration', qr/nginx did not start: .*trade_zonk.*/);

$t->done;
