"""A throw-away certificate authority for tests; every key is P-256."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem_key(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Authority:
    """Writes ca.pem into the scratch folder; leaf() adds NAME.pem and NAME-key.pem."""

    def __init__(self, scratch):
        self.scratch = scratch
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(_name("test ca"), self._key.public_key(), x509.BasicConstraints(True, 0), None)
        self.path = scratch.file("ca.pem", self._certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public_key, constraints, names):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(_name("test ca"))
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(hours=1))
                   .not_valid_after(now + datetime.timedelta(days=2))
                   .add_extension(constraints, critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                                  critical=False)
                   .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=False,
                                                key_encipherment=False, data_encipherment=False, key_agreement=False,
                                                key_cert_sign=constraints.ca, crl_sign=constraints.ca,
                                                encipher_only=False, decipher_only=False), critical=True))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def leaf(self, name, hosts=("localhost", "bench.example", "gateway.example"), addresses=("127.0.0.1",)):
        """(certificate path, key path) of a new leaf."""
        import ipaddress
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host) for host in hosts] + [x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
        leaf = self._sign(_name(name), key.public_key(), x509.BasicConstraints(False, None), names)
        return (self.scratch.file(name + ".pem", leaf.public_bytes(serialization.Encoding.PEM)),
                self.scratch.file(name + "-key.pem", _pem_key(key)))
